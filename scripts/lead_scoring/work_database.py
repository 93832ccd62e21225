"""The work database of an output folder: where inputs land, and what is published comes from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import duckdb

from lead_scoring.errors import DatabaseBusyError, Problem, Severity, StorageError
from lead_scoring.figures import why_rejected
from lead_scoring.storage_errors import translate_duckdb_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Where dbt builds.
WORK_SCHEMA = "lead_scoring"

_POLL_SECONDS = 0.2
# Where every file of DuckDB has its sign.
_MAGIC_PLACE, _MAGIC = 8, b"DUCK"


def open_database(
    path: Path, settings: Mapping[str, str], wait_seconds: float
) -> duckdb.DuckDBPyConnection:
    """Open the work database, or make it, waiting while another process has it open.

    Raises:
        StorageError: the file is no DuckDB database.
        duckdb.Error: it can't be opened, or another process still has it open after the wait.
    """
    refuse_foreign_database(path)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config={**settings})
        except duckdb.IOException as error:
            is_busy = isinstance(translate_duckdb_error(error), DatabaseBusyError)
            if not is_busy or time.monotonic() >= deadline:
                raise
        time.sleep(_POLL_SECONDS)


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of a query, each by the names of its columns."""
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_records(connection: duckdb.DuckDBPyConnection, schema: str) -> list[dict[str, Any]]:
    """Return the run summary of a schema: a row per input relation, leads first."""
    summary = f"{schema}.lead_scoring__run_summary"
    return fetch_rows(
        connection,
        f"select * from {summary} "
        f"where as_of_date = (select min(as_of_date) from {summary}) "
        "order by case relation "
        "when 'leads' then 1 when 'events' then 2 when 'outcomes' then 3 else 4 end",
        [],
    )


def rejection_warnings(connection: duckdb.DuckDBPyConnection, schema: str) -> list[Problem]:
    """Return a warning for each input relation of which the build of a schema rejected a row."""
    return [
        Problem(
            Severity.WARNING,
            f"{row['rows_rejected']:,} of {row['rows_read']:,} rows of {row['relation']} are "
            f"rejected: {why_rejected(row)}",
        )
        for row in read_records(connection, schema)
        if row["rows_rejected"]
    ]


def refuse_foreign_database(path: Path) -> None:
    """Refuse a file of another kind, for some of which DuckDB would fetch an extension.

    Raises:
        StorageError: the file is no DuckDB database.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(_MAGIC_PLACE + len(_MAGIC))
    if head and head[_MAGIC_PLACE:] != _MAGIC:
        raise StorageError(f"{path} is not a DuckDB database; move it away and run again")
