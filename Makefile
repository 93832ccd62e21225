# Everything that a laptop and CI do, by the same names. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
SIZE ?= small
# Two files of tests at a time; those of a file share what they build.
SIDE_BY_SIDE := -n 2 --dist loadfile
BIN := .venv/bin
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: help setup setup-dev setup-postgres setup-spark setup-calibrate setup-report score test test-engines lint sqlfluff types unit pytest mutants bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.runtime ## Make the virtual environment with what scoring needs

setup-dev: .venv/.dev .venv-types/.installed build/duckdb-1.4/.installed ## Add what the tests need

setup-postgres: .venv/.postgres ## Add what a run on Postgres needs

setup-spark: .venv/.spark ## Add what a run on Spark needs; Java 17 is apart

setup-calibrate: .venv/.calibrate ## Add what calibrate needs

setup-report: .venv/.report ## Add what report needs

score: setup ## Score the demo data and print the ten best leads
	$(BIN)/python scripts/score_leads.py run

test: setup-dev lint types pytest ## Set up everything and run every test

test-engines: setup-dev .venv/.postgres .venv/.spark build/warehouses/.installed ## Run the tests on Postgres 15 or newer and Spark
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/engines

lint: .venv/.dev ## Lint the Python code; pytest lints the SQL too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

sqlfluff: .venv/.dev ## Compile and lint the SQL alone
	$(BIN)/python -m pytest tests/test_dbt_project.py -k laid_out

types: .venv/.dev .venv-types/.installed ## Check the types
	.venv-types/bin/mypy --python-executable $(BIN)/python

unit: .venv/.dev ## Run the dbt unit tests alone
	$(BIN)/python -m pytest tests/test_dbt_project.py -k unit

pytest: .venv/.dev build/duckdb-1.4/.installed ## Run the tests alone
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

mutants: setup-dev ## Show that small wrong changes to the SQL make a test fail
	$(BIN)/python tests/mutants.py

bench: .venv/.runtime build/bench/venv/.installed ## Measure beside other ways to the same scores; SIZE=large, RUNS=1
	build/bench/venv/bin/python benchmarks/run.py $(SIZE) $(if $(RUNS),--runs $(RUNS))

lock: .venv/.dev ## Renew the lock files (needs uv)
	cd requirements && for name in runtime dev types old-duckdb postgres spark calibrate report warehouses bench; do \
		uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate $$name.in -o $$name.txt; done

clean: ## Remove what was built; publications and environments stay
	rm -rf build/tests target logs

# pip does not compile where PYTHONDONTWRITEBYTECODE is set, and dbt then compiles at every start.
.venv/.runtime: requirements/runtime.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python $(INSTALL) -r requirements/runtime.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.runtime
	$(BIN)/python $(INSTALL) -r requirements/dev.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

.venv/.postgres: requirements/postgres.txt .venv/.runtime
	$(BIN)/python $(INSTALL) -r requirements/postgres.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

.venv/.spark: requirements/spark.txt .venv/.runtime
	$(BIN)/python $(INSTALL) -r requirements/spark.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

.venv/.calibrate: requirements/calibrate.txt .venv/.runtime
	$(BIN)/python $(INSTALL) -r requirements/calibrate.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

.venv/.report: requirements/report.txt .venv/.runtime
	$(BIN)/python $(INSTALL) -r requirements/report.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

# mypy and dbt ask for different versions of pathspec, so mypy has an environment of its own.
.venv-types/.installed: requirements/types.txt
	$(PYTHON) -m venv .venv-types
	.venv-types/bin/python $(INSTALL) -r requirements/types.txt
	@touch $@

# The adapters of warehouses without a server here, only to compile for them.
build/warehouses/.installed: requirements/warehouses.txt
	$(PYTHON) -m venv build/warehouses
	build/warehouses/bin/python $(INSTALL) -r requirements/warehouses.txt
	build/warehouses/bin/python -m compileall -q -j 0 build/warehouses/lib
	@touch $@

# An older DuckDB, only to test that it reads what we publish.
build/duckdb-1.4/.installed: requirements/old-duckdb.txt .venv/.runtime
	$(BIN)/python $(INSTALL) --upgrade --target build/duckdb-1.4 -r requirements/old-duckdb.txt
	@touch $@

# Other ways to the same scores, only to measure beside them.
build/bench/venv/.installed: requirements/bench.txt
	$(PYTHON) -m venv build/bench/venv
	build/bench/venv/bin/python $(INSTALL) -r requirements/bench.txt
	build/bench/venv/bin/python -m compileall -q -j 0 build/bench/venv/lib
	@touch $@
