"""Spark as the place of a build: a session in this process, tables over Parquet files.

Inputs and seeds are tables over Parquet that DuckDB wrote, so no cell passes through dbt, and the
marts are read back from Spark's own Parquet. What Spark keeps stands in one folder: its tables,
the Derby database of its catalog, which one process can open at a time, and its log.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from lead_scoring.errors import StorageError, UsageError
from lead_scoring.exports import MARTS
from lead_scoring.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

RAW_SCHEMA = "lead_scoring_raw"
WORK_SCHEMA = "lead_scoring_work"
RUNS_SCHEMA = "lead_scoring_runs"
PUBLIC_SCHEMA = "lead_scoring"

_FOLDER = "LEAD_SCORING_SPARK_FOLDER"
_LOG = "spark.log"
_TARGET = "spark"
# Types of DuckDB that Parquet and Spark have too; any other is handed over as text.
_KNOWN_TYPES = (
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL",
    "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "VARCHAR",
)  # fmt: skip


class SparkWarehouse:
    """An open Spark session, and the folder with all that it keeps."""

    def __init__(self, session: Any, folder: Path) -> None:
        """Keep an open session, and the folder for files on their way to it."""
        self._session = session
        self._folder = folder

    def land(self, work: duckdb.DuckDBPyConnection, tables: Sequence[tuple[str, str]]) -> None:
        """Make tables of a DuckDB database tables of Spark, replacing those that stood there.

        Args:
            work: The open work database.
            tables: Schema and name of each; those of `lead_scoring_raw` keep their schema, the
                others stand in the schema of the build, which is emptied first.
        """
        landed = self._folder / "landed"
        shutil.rmtree(landed, ignore_errors=True)
        for schema in (RAW_SCHEMA, WORK_SCHEMA):
            self._session.sql(f"drop schema if exists {schema} cascade")
            # What a killed build left is in no catalog, and would stand in the way of its table.
            shutil.rmtree(self._folder / "warehouse" / f"{schema}.db", ignore_errors=True)
            self._session.sql(f"create schema {schema}")
        for schema, name in tables:
            target = RAW_SCHEMA if schema == RAW_SCHEMA else WORK_SCHEMA
            place = landed / target / name
            place.mkdir(parents=True)
            columns = work.execute(
                "select column_name, data_type from duckdb_columns() "
                "where schema_name = $schema and table_name = $name order by column_index",
                {"schema": schema, "name": name},
            ).fetchall()
            selected = ", ".join(_for_parquet(column, kind) for column, kind in columns)
            work.execute(
                f'copy (select {selected} from "{schema}"."{name}") to $path (format parquet)',
                {"path": str(place / "rows.parquet")},
            )
            self._session.sql(
                f"create table {target}.`{name}` using parquet location {_literal(str(place))}"
            )

    def fetch(self, work: duckdb.DuckDBPyConnection, names: Sequence[str], schema: str) -> None:
        """Copy tables of the build into a schema of a DuckDB database.

        Args:
            work: The open database.
            names: The tables, marts and others.
            schema: Where they go; it is made where it is missing.
        """
        work.execute(f"create schema if not exists {schema}")
        for name in names:
            fields = self._session.table(f"{WORK_SCHEMA}.{name}").schema.fields
            selected = ", ".join(
                _from_parquet(field.name, field.dataType.simpleString()) for field in fields
            )
            work.execute(
                f"create or replace table {schema}.{name} as select {selected} "
                "from read_parquet($files)",
                {"files": [str(path) for path in self.place_of(name).glob("*.parquet")]},
            )

    def publish(self, run_id: str, keep: int) -> None:
        """Let the views of the schema `lead_scoring` show the build's marts, and drop old runs.

        Each view changes in one step, but one after the other: a reader between two of them finds
        marts of two runs, which a run summary and the files of the output folder never do.
        """
        suffix = run_id.lower().replace("-", "_")
        for schema in (RUNS_SCHEMA, PUBLIC_SCHEMA):
            self._session.sql(f"create schema if not exists {schema}")
        for mart in MARTS:
            self._session.sql(
                f"create table {RUNS_SCHEMA}.{mart}__{suffix} using parquet "
                f"as select * from {WORK_SCHEMA}.{mart}"
            )
        for mart in MARTS:
            self._session.sql(
                f"create or replace view {PUBLIC_SCHEMA}.{mart} "
                f"as select * from {RUNS_SCHEMA}.{mart}__{suffix}"
            )
        tables = [
            row["tableName"] for row in self._session.sql(f"show tables in {RUNS_SCHEMA}").collect()
        ]
        for mart in MARTS:
            runs = sorted(name for name in tables if name.startswith(f"{mart}__2"))
            for name in runs[:-keep]:
                self._session.sql(f"drop table {RUNS_SCHEMA}.{name}")

    def place_of(self, name: str) -> Path:
        """Return the folder of the Parquet files of a table of the build."""
        return Path(self._facts(name)["Location"].removeprefix("file:"))

    def _facts(self, name: str) -> dict[str, str]:
        rows = self._session.sql(f"describe extended {WORK_SCHEMA}.{name}").collect()
        return {row["col_name"]: row["data_type"] for row in rows}


@contextmanager
def spark_warehouse(folder: Path) -> Iterator[SparkWarehouse]:
    """Open a Spark session that dbt, in the same process, will take for its own.

    Args:
        folder: Where Spark keeps its tables, its catalog and its log. The caller sees to it that
            no other process has it, for which Spark would wait long.

    Raises:
        UsageError: Spark is not installed, or there is no Java for it.
        StorageError: Spark does not start.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise UsageError("the target spark needs more packages: make setup-spark") from error
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    os.environ[_FOLDER] = str(folder)
    log = folder / _LOG
    session = None
    try:
        # The virtual machine keeps the streams that it starts with.
        with _streams_into(log):
            builder = SparkSession.builder.enableHiveSupport()
            for name, value in spark_settings(folder).items():
                builder = builder.config(name, value)
            session = builder.getOrCreate()
            session.sql("show schemas").collect()
    except (PySparkException, Py4JError, OSError) as error:
        if session is not None:
            session.stop()
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise UsageError("Spark needs Java, version 17 or later") from error
        raise StorageError(f"Spark does not start; its log is {log}") from error
    try:
        yield SparkWarehouse(session, folder)
    finally:
        session.stop()


def spark_settings(folder: Path) -> dict[str, str]:
    """Return the settings that the profile gives Spark, for a folder of its own."""
    from jinja2 import Environment

    def env_var(name: str, default: str) -> str:
        return os.environ.get(name, default)

    os.environ[_FOLDER] = str(folder)
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    settings: Mapping[str, object] = profiles["lead_scoring"]["outputs"][_TARGET][
        "server_side_parameters"
    ]
    environment = Environment(autoescape=False)
    return {
        name: environment.from_string(str(value)).render(env_var=env_var)
        for name, value in settings.items()
    }


@contextmanager
def _streams_into(path: Path) -> Iterator[None]:
    """Let what this process and those it starts write to its standard streams go to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, stream in enumerate(kept, start=1):
            os.dup2(stream, number)
            os.close(stream)


def _for_parquet(column: str, kind: str) -> str:
    name = '"' + column.replace('"', '""') + '"'
    if kind.split("(")[0] in _KNOWN_TYPES:
        return name
    return f"cast({name} as varchar) as {name}"


def _from_parquet(column: str, kind: str) -> str:
    name = '"' + column.replace('"', '""') + '"'
    if kind == "timestamp":
        return f"cast({name} as timestamp) as {name}"
    return name


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
