"""Postgres as the place of a run: inputs and seeds go there, marts are published there.

A build works in the schema `lead_scoring_work`. To publish, its marts become partitions, keyed by
run id, of tables in `lead_scoring_runs`, and one row of `lead_scoring_runs.publications` names the
current run. The views in `lead_scoring` show the rows of that run. They are made once and never
replaced, so grants on them and views over them stay; and as the pointer is a row, every
transaction sees the run that was current in its own snapshot, in all marts.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lead_scoring.errors import BuildFailedError, DatabaseBusyError, StorageError, UsageError
from lead_scoring.exports import MARTS

try:
    import psycopg2
    from psycopg2 import sql
except ModuleNotFoundError:
    psycopg2 = None

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

RAW_SCHEMA = "lead_scoring_raw"
WORK_SCHEMA = "lead_scoring_work"
RUNS_SCHEMA = "lead_scoring_runs"
PUBLIC_SCHEMA = "lead_scoring"

# Any fixed number: whoever holds it is running.
_LOCK = 5_323_746_519
_LOCK_TIMEOUT = "10s"
_POLL_SECONDS = 0.2
_CLEANING_TIMEOUT = "500ms"
_RUN_COLUMN = "published_run_id"
_LONGEST_NAME = 63
# Types of DuckDB that Postgres knows by another name; what is not here keeps its name or is text.
_TO_POSTGRES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "TINYINT": "smallint",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
_SAME_NAME = ("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DATE", "DECIMAL")


class PostgresWarehouse:
    """A Postgres database, held for one run by an advisory lock of its own session."""

    def __init__(self, connection: Any, spill: Path) -> None:
        """Keep an open connection, and the folder for files on their way."""
        self._connection = connection
        self._spill = spill

    def land(self, work: duckdb.DuckDBPyConnection, tables: Sequence[tuple[str, str]]) -> None:
        """Copy tables of a DuckDB database, replacing those that stood there, in one transaction.

        Args:
            work: The open work database.
            tables: Schema and name of each; those of `lead_scoring_raw` keep their schema, the
                others stand in the schema of the build, which is emptied first.

        Raises:
            StorageError: The database refuses, or the disk is full.
        """
        with _failures(), self._connection, self._connection.cursor() as cursor:
            cursor.execute(f"create schema if not exists {RAW_SCHEMA}")
            cursor.execute(f"drop schema if exists {WORK_SCHEMA} cascade")
            cursor.execute(f"create schema {WORK_SCHEMA}")
            for schema, name in tables:
                target = sql.Identifier(RAW_SCHEMA if schema == RAW_SCHEMA else WORK_SCHEMA, name)
                columns = work.execute(
                    "select column_name, data_type from duckdb_columns() "
                    "where schema_name = $schema and table_name = $name order by column_index",
                    {"schema": schema, "name": name},
                ).fetchall()
                cursor.execute(sql.SQL("drop table if exists {} cascade").format(target))
                cursor.execute(
                    sql.SQL("create table {} ({})").format(target, _declared(name, columns))
                )
                with self._file() as path:
                    selected = ", ".join(_for_copy(column, kind) for column, kind in columns)
                    work.execute(
                        f'copy (select {selected} from "{schema}"."{name}") to $path '
                        "(format csv, header false, delimiter ',', quote '\"', escape '\"')",
                        {"path": str(path)},
                    )
                    with path.open("rb") as file:
                        cursor.copy_expert(
                            sql.SQL("copy {} from stdin (format csv)").format(target), file
                        )
                cursor.execute(sql.SQL("analyze {}").format(target))

    def restore(self, names: Sequence[str], erased: Sequence[str]) -> None:
        """Copy marts of the current run into the schema of the build, where a run adds to them.

        Args:
            names: The marts; one that was never published is left out.
            erased: Ids of leads of which no row is copied.

        Raises:
            StorageError: The database refuses, or the disk is full.
        """
        with _failures(), self._connection, self._connection.cursor() as cursor:
            for name in names:
                columns = list(_columns(cursor, PUBLIC_SCHEMA, name))
                if not columns:
                    continue
                table = sql.Identifier(WORK_SCHEMA, name)
                listed = sql.SQL(", ").join(map(sql.Identifier, columns))
                cursor.execute(
                    sql.SQL("create table {} (like {})").format(
                        table, sql.Identifier(RUNS_SCHEMA, name)
                    )
                )
                cursor.execute(
                    sql.SQL("alter table {} drop column {}").format(
                        table, sql.Identifier(_RUN_COLUMN)
                    )
                )
                rows = sql.SQL("insert into {} ({}) select {} from {}").format(
                    table, listed, listed, sql.Identifier(PUBLIC_SCHEMA, name)
                )
                if erased and "lead_id" in columns:
                    cursor.execute(rows + sql.SQL(" where lead_id <> all(%s)"), [list(erased)])
                else:
                    cursor.execute(rows)
                cursor.execute(sql.SQL("analyze {}").format(table))

    def fetch(self, work: duckdb.DuckDBPyConnection, names: Sequence[str], schema: str) -> None:
        """Copy tables of the build into a schema of a DuckDB database.

        Args:
            work: The open database.
            names: The tables, marts and others.
            schema: Where they go; it is made where it is missing.

        Raises:
            StorageError: The database refuses, or the disk is full.
        """
        work.execute(f"create schema if not exists {schema}")
        with _failures(), self._connection, self._connection.cursor() as cursor:
            for name in names:
                cursor.execute(
                    "select a.attname, format_type(a.atttypid, a.atttypmod) "
                    "from pg_attribute a where a.attrelid = %s::regclass "
                    "and a.attnum > 0 and not a.attisdropped order by a.attnum",
                    [f"{WORK_SCHEMA}.{name}"],
                )
                declared = ", ".join(
                    f"{_quoted(column)} {_in_duckdb(kind)}" for column, kind in cursor.fetchall()
                )
                work.execute(f"create or replace table {schema}.{name} ({declared})")
                with self._file() as path:
                    with path.open("wb") as file:
                        cursor.copy_expert(
                            sql.SQL("copy {} to stdout (format csv)").format(
                                sql.Identifier(WORK_SCHEMA, name)
                            ),
                            file,
                        )
                    work.execute(
                        f"copy {schema}.{name} from $path (format csv, header false, "
                        "delimiter ',', quote '\"', escape '\"', nullstr '', "
                        "allow_quoted_nulls false, auto_detect false, max_line_size 268435456)",
                        {"path": str(path)},
                    )

    def publish(self, run_id: str, keep: int) -> None:
        """Make the build's marts the current run, by one row, and remove the oldest runs.

        A kill leaves the old run or the new one. Runs whose tables a reader still holds are
        removed by a later publication.

        Raises:
            BuildFailedError: A mart has lost a column, or has another type, since the last run.
            DatabaseBusyError: Another session holds a lock on the tables.
            StorageError: The database refuses, or the disk is full.
        """
        with _failures(), self._connection, self._connection.cursor() as cursor:
            cursor.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
            cursor.execute(f"create schema if not exists {RUNS_SCHEMA}")
            cursor.execute(f"create schema if not exists {PUBLIC_SCHEMA}")
            cursor.execute(
                f"create table if not exists {RUNS_SCHEMA}.publications (run_id text primary key, "
                "published_at timestamptz, is_current boolean not null)"
            )
            for mart in MARTS:
                _attach(cursor, mart, run_id)
            cursor.execute(
                f"insert into {RUNS_SCHEMA}.publications (run_id, is_current) values (%s, false)",
                [run_id],
            )
        # A transaction of its own: a commit is seen a moment before other sessions are told of new
        # partitions, and a reader in that moment would find the run without its rows.
        with _failures(), self._connection, self._connection.cursor() as cursor:
            cursor.execute(
                f"update {RUNS_SCHEMA}.publications set is_current = (run_id = %(run)s), "
                "published_at = case when run_id = %(run)s then now() else published_at end "
                "where is_current or run_id = %(run)s",
                {"run": run_id},
            )
        self._remove_oldest(keep)

    def _remove_oldest(self, keep: int) -> None:
        with _failures(), self._connection, self._connection.cursor() as cursor:
            cursor.execute(
                # A run without a time was killed before it was current.
                f"select run_id from {RUNS_SCHEMA}.publications "
                "order by published_at desc nulls last, run_id desc "
                f"offset (select least(count(published_at), %s) from {RUNS_SCHEMA}.publications)",
                [keep],
            )
            superseded = [run_id for (run_id,) in cursor.fetchall()]
        for run_id in superseded:
            try:
                with self._connection, self._connection.cursor() as cursor:
                    cursor.execute(f"set local lock_timeout = '{_CLEANING_TIMEOUT}'")
                    for mart in MARTS:
                        cursor.execute(
                            sql.SQL("drop table if exists {}").format(_partition(mart, run_id))
                        )
                    cursor.execute(
                        f"delete from {RUNS_SCHEMA}.publications where run_id = %s", [run_id]
                    )
            except psycopg2.errors.LockNotAvailable:
                return

    @contextmanager
    def _file(self) -> Iterator[Path]:
        with tempfile.NamedTemporaryFile(dir=self._spill, suffix=".csv", delete=False) as file:
            path = Path(file.name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def postgres_warehouse(spill: Path, wait_seconds: float) -> Iterator[PostgresWarehouse]:
    """Connect as the profile's target `postgres` does, and hold the database for a run.

    Args:
        spill: A folder for files on their way from one database to the other.
        wait_seconds: How long to wait for another run to let go of the database.

    Raises:
        UsageError: dbt's adapter for Postgres is not installed.
        DatabaseBusyError: Another run holds the database.
        StorageError: The database can't be reached.
    """
    if psycopg2 is None:
        raise UsageError("the target postgres needs more packages: make setup-postgres")
    with _failures():
        connection = psycopg2.connect(
            host=os.environ.get("LEAD_SCORING_POSTGRES_HOST", "localhost"),
            port=os.environ.get("LEAD_SCORING_POSTGRES_PORT", "5432"),
            user=os.environ.get("LEAD_SCORING_POSTGRES_USER", "lead_scoring"),
            password=os.environ.get("LEAD_SCORING_POSTGRES_PASSWORD", ""),
            dbname=os.environ.get("LEAD_SCORING_POSTGRES_DATABASE", "lead_scoring"),
            connect_timeout=10,
            application_name="lead_scoring",
        )
    try:
        with _failures(), connection, connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            _hold(cursor, wait_seconds)
        yield PostgresWarehouse(connection, spill)
    finally:
        connection.close()


def _hold(cursor: Any, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if cursor.fetchone() == (True,):
            return
        if time.monotonic() >= deadline:
            raise DatabaseBusyError(_who_holds(cursor))
        time.sleep(_POLL_SECONDS)


def _attach(cursor: Any, mart: str, run_id: str) -> None:
    """Move a mart out of the build's schema, under the view that shows the current run."""
    built = sql.Identifier(WORK_SCHEMA, mart)
    parent = sql.Identifier(RUNS_SCHEMA, mart)
    view = sql.Identifier(PUBLIC_SCHEMA, mart)
    columns = _columns(cursor, WORK_SCHEMA, mart)
    published = _columns(cursor, RUNS_SCHEMA, mart)
    cursor.execute(
        sql.SQL("alter table {} add column {} text not null default {}").format(
            built, sql.Identifier(_RUN_COLUMN), sql.Literal(run_id)
        )
    )
    if not published:
        cursor.execute(
            sql.SQL("create table {} (like {}) partition by list ({})").format(
                parent, built, sql.Identifier(_RUN_COLUMN)
            )
        )
    else:
        changed = {name for name, kind in published.items() if columns.get(name, kind) != kind} | (
            published.keys() - columns.keys() - {_RUN_COLUMN}
        )
        if changed:
            raise BuildFailedError(
                f"{mart} was published with other columns than it has now: "
                f"{', '.join(sorted(changed))}; drop the view {PUBLIC_SCHEMA}.{mart} and the table "
                f"{RUNS_SCHEMA}.{mart}, and run again"
            )
        for name in [name for name in columns if name not in published]:
            cursor.execute(
                sql.SQL("alter table {} add column {} ").format(parent, sql.Identifier(name))
                + sql.SQL(columns[name])
            )
    name = _partition_name(mart, run_id)
    cursor.execute(sql.SQL("alter table {} rename to {}").format(built, sql.Identifier(name)))
    cursor.execute(
        sql.SQL("alter table {} set schema {}").format(
            sql.Identifier(WORK_SCHEMA, name), sql.Identifier(RUNS_SCHEMA)
        )
    )
    cursor.execute(
        sql.SQL("alter table {} attach partition {} for values in ({})").format(
            parent, sql.Identifier(RUNS_SCHEMA, name), sql.Literal(run_id)
        )
    )
    if list(_columns(cursor, PUBLIC_SCHEMA, mart)) != [
        column for column in _columns(cursor, RUNS_SCHEMA, mart) if column != _RUN_COLUMN
    ]:
        _make_view(cursor, mart, view, parent, list(columns))
    _describe(cursor, mart, name)


def _make_view(cursor: Any, mart: str, view: Any, parent: Any, columns: Sequence[str]) -> None:
    # A view keeps its columns and their order; new ones follow behind them.
    existing = list(_columns(cursor, PUBLIC_SCHEMA, mart))
    ordered = [*existing, *(column for column in columns if column not in existing)]
    cursor.execute(
        sql.SQL(
            "create or replace view {} as select {} from {} "
            "where {} = (select run_id from {}.publications where is_current)"
        ).format(
            view,
            sql.SQL(", ").join(map(sql.Identifier, ordered)),
            parent,
            sql.Identifier(_RUN_COLUMN),
            sql.Identifier(RUNS_SCHEMA),
        )
    )


def _describe(cursor: Any, mart: str, table: str) -> None:
    """Give the view the descriptions that the build gave the table, where they have changed."""
    cursor.execute(
        "select a.attname, col_description(a.attrelid, a.attnum), obj_description(a.attrelid), "
        "col_description(v.attrelid, v.attnum), obj_description(v.attrelid) "
        "from pg_attribute a join pg_attribute v on v.attname = a.attname "
        "where a.attrelid = %s::regclass and v.attrelid = %s::regclass and a.attnum > 0",
        [f'{RUNS_SCHEMA}."{table}"', f'{PUBLIC_SCHEMA}."{mart}"'],
    )
    view = sql.Identifier(PUBLIC_SCHEMA, mart)
    described = False
    for column, comment, table_comment, shown, table_shown in cursor.fetchall():
        if table_comment != table_shown and not described:
            described = True
            cursor.execute(
                sql.SQL("comment on view {} is {}").format(view, sql.Literal(table_comment))
            )
        if comment != shown:
            cursor.execute(
                sql.SQL("comment on column {} is {}").format(
                    sql.Identifier(PUBLIC_SCHEMA, mart, column), sql.Literal(comment)
                )
            )


def _columns(cursor: Any, schema: str, table: str) -> dict[str, str]:
    cursor.execute(
        "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a "
        "join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped "
        "order by a.attnum",
        [schema, table],
    )
    return dict(cursor.fetchall())


def _partition_name(mart: str, run_id: str) -> str:
    return f"{mart}__{run_id.lower().replace('-', '_')}"[:_LONGEST_NAME]


def _partition(mart: str, run_id: str) -> Any:
    return sql.Identifier(RUNS_SCHEMA, _partition_name(mart, run_id))


def _declared(table: str, columns: Sequence[tuple[str, str]]) -> Any:
    for name, _ in columns:
        if len(name.encode()) > _LONGEST_NAME:
            raise UsageError(
                f"{table} has a column whose name is longer than Postgres allows "
                f"({_LONGEST_NAME} bytes): {name}"
            )
    return sql.SQL(", ").join(
        sql.SQL("{} ").format(sql.Identifier(name)) + sql.SQL(_in_postgres(kind))
        for name, kind in columns
    )


def _in_postgres(kind: str) -> str:
    if kind.startswith(_SAME_NAME) and "[" not in kind:
        return kind.lower()
    return _TO_POSTGRES.get(kind, "text")


def _for_copy(column: str, kind: str) -> str:
    """Return a column as what Postgres can hold: a text has no zero byte there."""
    name = _quoted(column)
    return f"replace({name}, chr(0), '') as {name}" if kind == "VARCHAR" else name


def _in_duckdb(kind: str) -> str:
    return kind.replace("numeric", "decimal").replace(" without time zone", "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _who_holds(cursor: Any) -> str:
    cursor.execute(
        "select l.pid, a.usename, a.client_addr::text, a.backend_start::text from pg_locks l "
        "join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.granted "
        "and l.database = (select oid from pg_database where datname = current_database()) "
        "and (l.classid::bigint << 32) + l.objid::bigint = %s",
        [_LOCK],
    )
    holder = cursor.fetchone()
    if holder is None:
        return "another run held the database a moment ago; run again"
    pid, user, address, since = holder
    place = f" from {address}" if address else ""
    return (
        f"another run holds the Postgres database: backend {pid} of user {user}{place}, "
        f"connected since {since}; wait for it with --wait SECONDS"
    )


@contextmanager
def _failures() -> Iterator[None]:
    """Turn the failures of Postgres into ours."""
    try:
        yield
    except psycopg2.errors.LockNotAvailable as error:
        raise DatabaseBusyError(
            f"another session holds a lock on the published tables: {_first_line(error)}"
        ) from error
    except psycopg2.errors.InsufficientPrivilege as error:
        raise StorageError(
            f"no permission in the Postgres database: {_first_line(error)}"
        ) from error
    except psycopg2.Error as error:
        raise StorageError(f"the Postgres database refused: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
