"""The same input and rules give the same marts on every engine, row for row and digit for digit."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from postgres_server import PostgresServer
from spark_build import build_on_spark
from spark_settings import SMALL_SPARK, SPARK

from cases import differences, golden_differences, pack
from command import (
    DATABASE,
    GOLDEN,
    PROJECT,
    case_arguments,
    environment,
    marts,
    query,
    score_leads,
)
from evaluation_case import KNOWN_UNTIL, evaluation_options, write_evaluation_case
from lead_scoring.evaluation import DATABASE_NAME, read_evaluation
from lead_scoring.exports import EVALUATION_MARTS
from lead_scoring.work_database import fetch_rows
from lifecycle_case import lifecycle_options, write_lifecycle_case
from oracle_inputs import CaseFiles
from random_cases import AS_OF
from test_promotion import LOGGED, published_log

Run = Callable[..., Any]
EVALUATION = (
    *("--select", "+lead_scoring.evaluation", "--exclude-resource-type", "unit_test"),
    *("--indirect-selection", "buildable"),
)


@pytest.fixture(params=["postgres", "spark"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run the command on an engine."""
    changes: dict[str, str] = {}
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("server")
        changes = server.environment(request.getfixturevalue("database"))

    def on_engine(
        *arguments: object, command: str = "run", spark: dict[str, str] = SMALL_SPARK
    ) -> Any:
        return score_leads(command, "--target", request.param, *arguments, changes=changes | spark)

    return on_engine


# Spark takes minutes for each build, so it gets the case that has a row for each corner.
@pytest.mark.parametrize(
    ("run", "number"),
    [("postgres", 1), ("postgres", 2), ("postgres", 3), ("postgres", 4), ("spark", 4)],
    indirect=["run"],
)
def test_a_golden_case_comes_out_in_every_column_and_digit(
    run: Run, number: int, tmp_path: Path
) -> None:
    case, out = GOLDEN / f"case_{number}", tmp_path / "out"
    run(*case_arguments(case), "--out", out)
    assert golden_differences(case, out) == []
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []
    assert published_log(out / DATABASE) == (LOGGED if number == 4 else [])


def test_random_cases_agree_with_the_oracle(run: Run, tmp_path: Path) -> None:
    case, out = tmp_path / "case", tmp_path / "out"
    pack(case, range(41, 53), leads=120, events=1500, versions=400)
    run(*case_arguments(case), "--out", out)
    models = query(out / DATABASE, "select distinct model_id from lead_scoring__ranked_leads")
    assert len(models) > 12
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []


def declared(database: Path) -> list[tuple[Any, ...]]:
    """Return type, nullability and description of every table and column."""
    return query(
        database,
        "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where not internal union all "
        "select table_name, null, null, null, comment from duckdb_tables() order by all",
    )


def test_the_demo_is_the_same_as_on_duckdb(run: Run, tmp_path: Path) -> None:
    out, expected = tmp_path / "out", tmp_path / "duckdb"
    run("--out", out, spark=SPARK)
    score_leads("run", "--out", expected)
    assert marts(out / DATABASE) == marts(expected / DATABASE)
    assert declared(out / DATABASE) == declared(expected / DATABASE)
    assert (out / "ranked_leads.csv").read_bytes() == (expected / "ranked_leads.csv").read_bytes()


def test_leads_move_through_the_stages_as_on_duckdb(run: Run, tmp_path: Path) -> None:
    """A back-fill, a night, and dates before them, so that later ones are gone through again."""
    case = lifecycle_options(write_lifecycle_case(tmp_path / "case"))
    out, expected = tmp_path / "out", tmp_path / "duckdb"
    fill = ("--from", "2026-05-20", "--to", "2026-05-21", "--as-of", "2026-05-22")
    earlier = ("--from", "2026-05-17", "--to", "2026-05-18", "--as-of", "2026-05-24")
    for words in (("backfill", *fill), ("run", "--as-of", "2026-05-24"), ("backfill", *earlier)):
        command, *dates = words
        run(*case, *dates, "--out", out, command=command)
        score_leads(command, *case, *dates, "--out", expected)
    assert marts(out / DATABASE) == marts(expected / DATABASE)


def test_a_lead_that_is_named_is_gone_from_what_is_kept(run: Run, tmp_path: Path) -> None:
    case, out, erased = case_arguments(GOLDEN / "case_4"), tmp_path / "out", tmp_path / "erased.txt"
    history = "select distinct lead_id from lead_scoring__score_history where as_of_date = ?"
    run(*case, "--out", out)
    first, *others = sorted(query(out / DATABASE, history, "2026-06-30"))
    erased.write_text(first[0], encoding="utf-8")
    run(*case, "--as-of", "2026-07-01", "--erase", erased, "--out", out)
    assert sorted(query(out / DATABASE, history, "2026-06-30")) == others
    for mart, rows in marts(out / DATABASE).items():
        assert not [row for row in rows if first[0] in row], mart
    assert len(list((out / ".runs").iterdir())) == 1


@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_an_evaluation_is_the_same_as_on_duckdb(
    engine: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By dbt alone, from the inputs and seeds that a run has landed."""
    case, out = write_evaluation_case(tmp_path / "case"), tmp_path / "out"
    options = (*evaluation_options(case), "--as-of", KNOWN_UNTIL, "--out", out)
    dates = ("2026-02-01", "2026-04-05")
    score_leads("evaluate", *options, "--from", dates[0], "--to", dates[1])
    variables = {
        "lead_scoring__evaluation": True,
        "lead_scoring__as_of_from": dates[0],
        "lead_scoring__as_of_to": dates[1],
        "lead_scoring__as_of_every": "week",
        "lead_scoring__basis": "as_known",
        "lead_scoring__known_until": KNOWN_UNTIL.isoformat(),
    }
    if engine == "postgres":
        server: PostgresServer = request.getfixturevalue("server")
        database: str = request.getfixturevalue("database")
        tables = evaluated_on_postgres(server, database, options, variables, tmp_path)
    else:
        # Without code of its own making Spark stumbles over a filter that it adds by itself.
        for name, value in SPARK.items():
            monkeypatch.setenv(name, value)
        tables = evaluated_on_spark(out, options, variables, tmp_path)
    expected = read_evaluation(out / DATABASE_NAME)
    for mart, keys in EVALUATION_MARTS.items():
        pair = (tables[mart], expected[mart.removeprefix("lead_scoring__")])
        found, wanted = (
            sorted(each, key=lambda row, keys=keys: [str(row[key]) for key in keys])
            for each in pair
        )
        assert len(found) == len(wanted) > 0, mart
        for one, other in zip(found, wanted, strict=True):
            assert one.keys() == other.keys()
            assert [name for name in one if not alike(one[name], other[name])] == [], mart


def evaluated_on_postgres(
    server: PostgresServer,
    database: str,
    options: Sequence[object],
    variables: dict[str, object],
    folder: Path,
) -> dict[str, list[dict[str, Any]]]:
    changes = server.environment(database)
    score_leads("run", *options, "--target", "postgres", "--format", "csv", changes=changes)
    words = [
        *("build", "--target", "postgres", *EVALUATION, "--exclude-resource-type", "seed"),
        *("--vars", json.dumps(variables)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
    ]
    config = folder / "out" / ".work" / "config"
    built = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *words],
        cwd=PROJECT,
        env=environment(changes | {"LEAD_SCORING_CONFIG_DIR": str(config)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
    tables = {}
    with closing(psycopg2.connect(server.dsn(database))) as connection:
        for mart in EVALUATION_MARTS:
            with connection.cursor() as cursor:
                cursor.execute(f"select * from lead_scoring_work.{mart}")
                names = [column.name for column in cursor.description]
                tables[mart] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return tables


def evaluated_on_spark(
    out: Path, options: Sequence[object], variables: dict[str, object], folder: Path
) -> dict[str, list[dict[str, Any]]]:
    score_leads("run", *options, "--format", "csv")
    work, spark = out / ".work" / "warehouse.duckdb", folder / "spark"
    spark.mkdir()
    # A process has one Spark, with settings of its own.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        fetched = process.submit(
            build_on_spark,
            work,
            spark,
            variables,
            ("build", *EVALUATION),
            tuple(EVALUATION_MARTS),
        ).result()
    with duckdb.connect(str(fetched), read_only=True) as connection:
        return {
            mart: fetch_rows(connection, f"select * from lead_scoring.{mart}", [])
            for mart in EVALUATION_MARTS
        }


def alike(one: object, other: object) -> bool:
    """Whether two values are the same, or differ in the last of the digits that doubles keep."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= Decimal("0.00000001")
    return one == other
