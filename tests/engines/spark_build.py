"""Builds what DuckDB built a second time, on Spark, and holds the marts against each other."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from lead_scoring.exports import MARTS
from lead_scoring.project import PROJECT
from lead_scoring.spark_warehouse import RAW_SCHEMA, SparkWarehouse, spark_warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Columns of the run summary that are another run's own.
OF_THE_RUN = ("run_id", "started_at")
BUILD = ("build", "--exclude-resource-type", "unit_test")
SCHEMA = "lead_scoring"


def build_on_spark(
    work_database: Path,
    folder: Path,
    variables: Mapping[str, object],
    command: Sequence[str] = BUILD,
    tables: Sequence[str] = tuple(MARTS),
) -> Path:
    """Build the marts on Spark from the inputs and seeds of a work database.

    Args:
        work_database: What a run on DuckDB left: inputs, seeds and marts.
        folder: Where Spark and dbt keep what they make.
        variables: dbt's vars, the scoring date among them.
        command: What dbt is told to do; what does not build uses what stands there.
        tables: What to fetch, once it is built.

    Returns:
        A DuckDB database with these tables in the schema `lead_scoring`.
    """
    fetched = folder / "marts.duckdb"
    fetched.unlink(missing_ok=True)
    with spark_warehouse(folder / "spark", 0) as warehouse:
        if command[0] == "build":
            _land(warehouse, work_database)
        _run_dbt(command, folder, variables)
        if command[0] == "build":
            with duckdb.connect(str(fetched)) as connection:
                warehouse.fetch(connection, tables, SCHEMA)
    return fetched


def differences(
    work_database: Path, fetched: Path, tables: Sequence[str] = tuple(MARTS)
) -> list[str]:
    """Return in words what tables of two databases do not have in common, rows and types."""
    found = []
    with duckdb.connect(":memory:") as connection:
        for alias, path in (("here", work_database), ("there", fetched)):
            connection.execute(f"attach '{path}' as {alias} (read_only)")
        for table in tables:
            columns, others = (
                connection.execute(
                    "select column_name, data_type from duckdb_columns() where database_name = $1 "
                    "and schema_name = $2 and table_name = $3 order by column_index",
                    [alias, SCHEMA, table],
                ).fetchall()
                for alias in ("here", "there")
            )
            if columns != others:
                found.append(f"{table}: columns {set(columns) ^ set(others)}")
            names = ", ".join(
                '"' + name.replace('"', '""') + '"' for name, _ in columns if name not in OF_THE_RUN
            )
            for one, other in (("here", "there"), ("there", "here")):
                rows = connection.execute(
                    f"select {names} from {one}.{SCHEMA}.{table} "
                    f"except all select {names} from {other}.{SCHEMA}.{table}"
                ).fetchall()
                found += [f"{table}: {len(rows)} rows {one} only, such as"] if rows else []
                found += [f"  {row}" for row in rows[:5]]
    return found


def _built_tables(work_database: Path) -> list[str]:
    with duckdb.connect(str(work_database), read_only=True) as work:
        names = work.execute(
            "select table_name from duckdb_tables() where schema_name = $1 order by all", [SCHEMA]
        ).fetchall()
    return [name for (name,) in names if name not in _seeds()]


def _seeds() -> set[str]:
    return {path.stem for path in (PROJECT / "seeds").glob("*/*.csv")}


def _land(warehouse: SparkWarehouse, work_database: Path) -> None:
    with duckdb.connect(str(work_database), read_only=True) as work:
        seeds = _seeds()
        tables = work.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        warehouse.land(
            work,
            [
                (schema, name)
                for schema, name in tables
                if schema == RAW_SCHEMA or (schema == SCHEMA and name in seeds)
            ],
        )


def _run_dbt(command: Sequence[str], folder: Path, variables: Mapping[str, object]) -> None:
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke([
        *command,
        "--target", "spark",
        "--exclude-resource-type", "seed",
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--target-path", str(folder / "target"),
        "--log-path", str(folder / "logs"),
        "--log-level", "warn",
        "--log-level-file", "info",
        "--vars", json.dumps(variables),
    ])  # fmt: skip
    if not outcome.success:
        raise RuntimeError(f"dbt failed on Spark; its log is in {folder / 'logs'}")


def main() -> int:
    """Build on Spark what a work database holds, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work_database", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", default="2026-06-30")
    parser.add_argument("--all-tables", action="store_true", help="compare what is not a mart too")
    parser.add_argument("command", nargs="*", help="of dbt, build by default")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    started_at = time.monotonic()
    tables = _built_tables(arguments.work_database) if arguments.all_tables else tuple(MARTS)
    fetched = build_on_spark(
        arguments.work_database,
        arguments.folder,
        {"lead_scoring__as_of": arguments.as_of},
        arguments.command or BUILD,
        tables,
    )
    found = differences(arguments.work_database, fetched, tables) if fetched.exists() else []
    print(*found, f"{time.monotonic() - started_at:.0f} seconds", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
