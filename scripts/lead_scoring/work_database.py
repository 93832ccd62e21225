"""The work database of an output folder: where inputs land, and what is published comes from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import duckdb

from lead_scoring.errors import DatabaseBusyError, StorageError
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
