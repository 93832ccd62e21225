"""Spark as the place of a build: a session in this process, tables over Parquet files.

Inputs and seeds are tables over Parquet that DuckDB wrote, so no cell passes through dbt, and the
marts are read back from Spark's own Parquet. What Spark keeps stands in one folder: its tables,
the Derby database of its catalog, which one process can open at a time, and its log.

To publish, the marts of a run are written as partitions, keyed by run id, of tables in
`lead_scoring_runs`. The view `lead_scoring_runs.current_run` names the current one, and the views
in `lead_scoring` show its partitions. Only that one view changes from run to run, by one call to
the catalog.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import yaml

from lead_scoring.errors import BuildFailedError, DatabaseBusyError, StorageError, UsageError
from lead_scoring.exports import GROWING_MARTS, MARTS, quoted
from lead_scoring.project import PROJECT
from lead_scoring.storage_errors import storage_errors, translate_message

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
_CURRENT_RUN = f"{RUNS_SCHEMA}.current_run"
_RUN_COLUMN = "published_run_id"
_CATALOG_LOCK = "catalog/dbex.lck"
# The virtual machine of a killed run ends some seconds after it.
_LINGERING_SECONDS = 20.0
_POLL_SECONDS = 0.2
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
        self._log = folder / _LOG

    def land(self, work: duckdb.DuckDBPyConnection, tables: Sequence[tuple[str, str]]) -> None:
        """Make tables of a DuckDB database tables of Spark, replacing those that stood there.

        Args:
            work: The open work database.
            tables: Schema and name of each; those of `lead_scoring_raw` keep their schema, the
                others stand in the schema of the build, which is emptied first.

        Raises:
            StorageError: Spark refuses, or the disk is full.
        """
        with _failures(self._log):
            landed = self._folder / "landed"
            shutil.rmtree(landed, ignore_errors=True)
            for schema in (RAW_SCHEMA, WORK_SCHEMA):
                self._session.sql(f"drop schema if exists {schema} cascade")
                # What a killed build left is in no catalog, and would be in the way of its table.
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

    def restore(self, names: Sequence[str], erased: Sequence[str]) -> None:
        """Copy marts of the current run into the schema of the build, where a run adds to them.

        Args:
            names: The marts; one that was never published is left out. A run adds dates to them.
            erased: Ids of leads of which no row is copied.

        Raises:
            StorageError: Spark refuses, or the disk is full.
        """
        with _failures(self._log):
            for name in names:
                published = f"{PUBLIC_SCHEMA}.{name}"
                if self._session.catalog.tableExists(published):
                    rows, values = f"select * from {published}", {}
                    if erased and "lead_id" in self._session.table(published).columns:
                        rows += " where not array_contains(:erased, lead_id)"
                        values = {"erased": list(erased)}
                    self._session.sql(
                        f"create table {WORK_SCHEMA}.{name} using parquet "
                        f"partitioned by ({GROWING_MARTS[name]}) as {rows}",
                        args=values,
                    )

    def fetch(self, work: duckdb.DuckDBPyConnection, names: Sequence[str], schema: str) -> None:
        """Copy tables of the build into a schema of a DuckDB database.

        Args:
            work: The open database.
            names: The tables, marts and others.
            schema: Where they go; it is made where it is missing.

        Raises:
            StorageError: Spark refuses, or the disk is full.
        """
        work.execute(f"create schema if not exists {schema}")
        with _failures(self._log):
            for name in names:
                table = f"{WORK_SCHEMA}.{name}"
                columns = {
                    field.name: field.dataType.simpleString()
                    for field in self._session.table(table).schema.fields
                }
                files = [str(path) for path in self._place(table).rglob("*.parquet")]
                # A table by dates that has no date has no file either.
                if not files:
                    declared = ", ".join(
                        f"{quoted(column)} {kind}" for column, kind in columns.items()
                    )
                    work.execute(f"create or replace table {schema}.{name} ({declared})")
                    continue
                by_date = GROWING_MARTS.get(name)
                options = f", hive_partitioning = true, hive_types = {{{by_date}: date}}"
                work.execute(
                    f"create or replace table {schema}.{name} as "
                    f"select {', '.join(_from_parquet(*column) for column in columns.items())} "
                    f"from read_parquet($files{options if by_date else ''})",
                    {"files": files},
                )

    def publish(self, run_id: str, keep: int) -> None:
        """Make the build's marts the current run, by one view, and remove what is no longer kept.

        A kill leaves the old run or the new one. What it leaves of a run that was never current
        is removed by the next publication.

        Raises:
            BuildFailedError: A mart has lost a column, or has another type, since the last run.
            StorageError: Spark refuses, or the disk is full.
        """
        with _failures(self._log):
            for schema in (RUNS_SCHEMA, PUBLIC_SCHEMA):
                self._session.sql(f"create schema if not exists {schema}")
            self._session.sql(
                f"create view if not exists {_CURRENT_RUN} as "
                "select cast(null as string) as run_id, "
                "cast(array() as array<string>) as kept_run_ids"
            )
            kept = [run_id, *self._session.table(_CURRENT_RUN).head()["kept_run_ids"]][:keep]
            columns = {mart: self._make_room(mart) for mart in MARTS}
            for mart in MARTS:
                self._write_partition(mart, run_id, columns[mart])
                self._make_view(mart, columns[mart])
            # Where CREATE OR REPLACE drops and creates, ALTER is one call to the catalog.
            self._session.sql(
                f"alter view {_CURRENT_RUN} as select {_literal(run_id)} as run_id, "
                f"array({', '.join(map(_literal, kept))}) as kept_run_ids"
            )
            for mart in MARTS:
                self._remove_all_but(kept, mart)

    def _make_room(self, mart: str) -> list[str]:
        """Return the columns of the table of a mart's runs, which has all of the mart's then."""
        columns = self._columns(WORK_SCHEMA, mart)
        published = self._columns(RUNS_SCHEMA, mart)
        if not published:
            self._session.sql(
                f"create table {RUNS_SCHEMA}.{mart} ({_declared(columns)}, {_RUN_COLUMN} string) "
                f"using parquet partitioned by ({_RUN_COLUMN})"
            )
            return list(columns)
        changed = [name for name, kind in published.items() if columns.get(name) != kind]
        if changed:
            raise BuildFailedError(
                f"{mart} was published with other columns than it has now: "
                f"{', '.join(sorted(changed))}; drop the view {PUBLIC_SCHEMA}.{mart} and the table "
                f"{RUNS_SCHEMA}.{mart}, and run again"
            )
        new = {name: kind for name, kind in columns.items() if name not in published}
        if new:
            self._session.sql(f"alter table {RUNS_SCHEMA}.{mart} add columns ({_declared(new)})")
        return [*published, *new]

    def _write_partition(self, mart: str, run_id: str, columns: Sequence[str]) -> None:
        self._session.sql(
            f"insert overwrite table {RUNS_SCHEMA}.{mart} "
            f"partition ({_RUN_COLUMN} = {_literal(run_id)}) "
            f"select {', '.join(map(_quoted, columns))} from {WORK_SCHEMA}.{mart}"
        )

    def _make_view(self, mart: str, columns: Sequence[str]) -> None:
        shown = list(self._columns(PUBLIC_SCHEMA, mart))
        if shown != columns:
            self._session.sql(
                f"{'alter' if shown else 'create'} view {PUBLIC_SCHEMA}.{mart} as "
                f"select {', '.join(map(_quoted, columns))} from {RUNS_SCHEMA}.{mart} "
                f"where {_RUN_COLUMN} = (select run_id from {_CURRENT_RUN})"
            )

    def _remove_all_but(self, kept: Sequence[str], mart: str) -> None:
        table = f"{RUNS_SCHEMA}.{mart}"
        partitions = {f"{_RUN_COLUMN}={run_id}" for run_id in kept}
        for (partition,) in self._session.sql(f"show partitions {table}").collect():
            if partition not in partitions:
                run_id = partition.partition("=")[2]
                self._session.sql(
                    f"alter table {table} drop partition ({_RUN_COLUMN} = {_literal(run_id)})"
                )
        # A killed write leaves files that are in no partition.
        for entry in self._place(table).iterdir():
            if entry.is_dir() and entry.name not in partitions:
                shutil.rmtree(entry)

    def _columns(self, schema: str, name: str) -> dict[str, str]:
        """Return the type of each column but that of the run; none where there is no such table."""
        if not self._session.catalog.tableExists(f"{schema}.{name}"):
            return {}
        return {
            field.name: field.dataType.simpleString()
            for field in self._session.table(f"{schema}.{name}").schema.fields
            if field.name != _RUN_COLUMN
        }

    def _place(self, table: str) -> Path:
        """Return the folder of the Parquet files of a table."""
        rows = self._session.sql(f"describe extended {table}").collect()
        facts = {row["col_name"]: row["data_type"] for row in rows}
        return Path(facts["Location"].removeprefix("file:"))


@contextmanager
def spark_warehouse(folder: Path, wait_seconds: float) -> Iterator[SparkWarehouse]:
    """Open a Spark session that dbt, in the same process, will take for its own.

    Args:
        folder: Where Spark keeps its tables, its catalog and its log.
        wait_seconds: How long to wait for another process to let go of the catalog.

    Raises:
        UsageError: Spark is not installed, or there is no Java for it.
        DatabaseBusyError: Another process has the catalog open.
        StorageError: Spark does not start.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.logger import PySparkLogger
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise UsageError("the target spark needs more packages: make setup-spark") from error
    _check_java()
    # It writes every statement that fails to standard error, with the stack of Java.
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True
    folder = folder.resolve()
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _await_catalog(folder, wait_seconds)
    log = folder / _LOG
    session = None
    try:
        # The virtual machine keeps the streams that it starts with.
        with storage_errors(log), _streams_into(log):
            builder = SparkSession.builder.enableHiveSupport()
            for name, value in spark_settings(folder).items():
                builder = builder.config(name, value)
            session = builder.getOrCreate()
            owner = session.catalog.getDatabase("default").locationUri
    except (PySparkException, Py4JError) as error:
        if session is not None:
            session.stop()
        if "UnsupportedClassVersionError" in log.read_text(encoding="utf-8", errors="replace"):
            raise UsageError("Spark needs Java, version 17 or later; this one is older") from error
        raise StorageError(f"Spark does not start; its log is {log}") from error
    try:
        if _path(owner) != folder / "warehouse":
            raise StorageError(
                f"the catalog in {folder} was made for {_path(owner).parent}, where its tables "
                f"are; remove {folder} and run again"
            )
        yield SparkWarehouse(session, folder)
    finally:
        # It may have ended by itself, for which there is an error on its way already.
        with suppress(Py4JError, OSError):
            session.stop()


def _path(uri: str) -> Path:
    return Path(unquote(uri.removeprefix("file:")))


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=None if home is None else str(Path(home) / "bin"))
    if java is None:
        place = "on the PATH" if home is None else f"in JAVA_HOME, {home}"
        raise UsageError(f"Spark needs Java, version 17 or later, and there is none {place}")


def _await_catalog(folder: Path, wait_seconds: float) -> None:
    """Wait until nobody has the catalog open; Spark would try for a minute, and not say why."""
    lock = folder / _CATALOG_LOCK
    deadline = time.monotonic() + max(wait_seconds, _LINGERING_SECONDS)
    while lock.exists():
        with lock.open("r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                return
        if time.monotonic() >= deadline:
            raise DatabaseBusyError(
                f"another process has the catalog of Spark open, {lock.parent}; "
                "close it there, or wait for it with --wait SECONDS"
            )
        time.sleep(_POLL_SECONDS)


@contextmanager
def _failures(log: Path) -> Iterator[None]:
    """Turn the failures of Spark into ours."""
    from py4j.protocol import Py4JError, Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        known = translate_message(str(error))
        raise known or StorageError(
            f"Spark refused: {_first_line(error)}; its log is {log}"
        ) from error
    except (Py4JError, ConnectionError) as error:
        raise StorageError(f"Spark ended before its work was done; its log is {log}") from error


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
        with path.open("wb") as file:
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


def _declared(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns.items())


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
