"""What earlier runs counted of events, for the next one to go on from.

A build counts events by day in tables of the work database, `KEPT`. Where it can, the next one
counts only the days of which events came since; the models and `macros/event_state.sql` say how.
It can where the events are Parquet files with a typed `loaded_at`, no file that was counted has
changed or gone, no new one holds what was loaded before the last count, and neither the columns
nor the SQL are others. Which files were counted stands in the work database too.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import timezone
from typing import TYPE_CHECKING

from lead_scoring.input_files import FileKind
from lead_scoring.input_parts import identifier, parquet_source, select_relation
from lead_scoring.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from lead_scoring.input_parts import Part

EVENT_DAYS = "int_lead_scoring__event_days"
SET_ASIDE = "int_lead_scoring__set_aside_events"
STATE = "int_lead_scoring__event_state"
KEPT = (EVENT_DAYS, SET_ASIDE, STATE)

_STATE_SCHEMA = "lead_scoring_state"
_FILES = f"{_STATE_SCHEMA}.event_files"
_SQL_FOLDERS = ("macros", "models/staging", "models/intermediate")


@dataclass(frozen=True)
class EventFile:
    """A file of events as it is now, and as it was when it was counted."""

    path: str
    size: int
    modified_ns: int


@dataclass(frozen=True)
class EventState:
    """What a run has to go on from.

    `is_kept` says whether this run keeps what it counts, `is_continued` whether it goes on from
    what was counted before; then `new_parts` are the files that were not.
    """

    is_kept: bool
    is_continued: bool
    new_parts: tuple[Part, ...] = ()
    files: tuple[EventFile, ...] = ()
    fingerprint: str = ""


NOTHING_KEPT = EventState(is_kept=False, is_continued=False)


def event_state(
    connection: duckdb.DuckDBPyConnection, schema: str, parts: Sequence[Part]
) -> EventState:
    """Say whether a run can go on from what was counted of events.

    Args:
        connection: The open work database; nothing is written.
        schema: That of the build.
        parts: The input files of the events.
    """
    # With fewer events a run is over as soon where all of them are counted anew.
    fewest = int(os.environ.get("LEAD_SCORING_INCREMENTAL_FROM", "2000000"))
    if sum(part.rows for part in parts) < fewest or not all(map(_has_loads, parts)):
        return NOTHING_KEPT
    files = tuple(_file(file.path) for part in parts for file in part.files)
    fingerprint = _fingerprint(parts)
    counted = _counted(connection, schema, fingerprint)
    if counted is not None and counted <= set(files):
        new = [_only_new(part, counted) for part in parts]
        new = [part for part in new if part.files]
        if _are_later(connection, schema, new):
            return EventState(
                is_kept=True,
                is_continued=True,
                new_parts=tuple(new),
                files=files,
                fingerprint=fingerprint,
            )
    return EventState(is_kept=True, is_continued=False, files=files, fingerprint=fingerprint)


def begin(connection: duckdb.DuckDBPyConnection, schema: str, state: EventState) -> None:
    """Empty the schema of the build, but of what the run goes on from.

    dbt replaces what it finds in four statements, and makes what it doesn't in one.
    """
    if not state.is_continued:
        connection.execute(f"drop schema if exists {schema} cascade")
    relations = connection.execute(
        "select table_type, table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ?",
        [schema],
    ).fetchall()
    # A view is no view any more where what it reads is gone.
    for kind, name in sorted(relations, reverse=True):
        if name not in KEPT:
            word = "view" if kind == "VIEW" else "table"
            connection.execute(f"drop {word} if exists {schema}.{identifier(name)}")
    if not state.is_continued:
        connection.execute(f"drop schema if exists {_STATE_SCHEMA} cascade")


def finish(connection: duckdb.DuckDBPyConnection, state: EventState) -> None:
    """Note which files are counted by now."""
    if not state.is_kept:
        return
    connection.execute(f"create schema if not exists {_STATE_SCHEMA}")
    connection.execute(
        f"create or replace table {_FILES} "
        "(path varchar, size bigint, modified_ns bigint, fingerprint varchar)"
    )
    connection.executemany(
        f"insert into {_FILES} values (?, ?, ?, ?)",
        [(file.path, file.size, file.modified_ns, state.fingerprint) for file in state.files],
    )


def seen_event_types(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """Return the event types of the events that earlier runs have counted or set aside."""
    rows = connection.execute(
        f"select event_type from {schema}.{EVENT_DAYS} "
        f"union select event_type from {schema}.{SET_ASIDE} where event_type is not null"
    ).fetchall()
    return {row[0] for row in rows}


def _has_loads(part: Part) -> bool:
    """Whether a part is of Parquet and says by a typed column when its events were loaded."""
    kinds = [part.types[use.file_column] for use in part.uses if use.name.lower() == "loaded_at"]
    is_parquet = all(file.kind is FileKind.PARQUET for file in part.files)
    return is_parquet and any(kind.startswith("TIMESTAMP") for kind in kinds)


def _file(path: Path) -> EventFile:
    facts = path.stat()
    return EventFile(str(path), facts.st_size, facts.st_mtime_ns)


def _fingerprint(parts: Sequence[Part]) -> str:
    """Return a digest of the columns and of the SQL that counts."""
    digest = hashlib.sha256()
    columns = {
        (use.name, use.file_column, part.types[use.file_column])
        for part in parts
        for use in part.uses
    }
    digest.update(repr(sorted(columns)).encode())
    for folder in _SQL_FOLDERS:
        for path in sorted((PROJECT / folder).rglob("*.sql")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _counted(
    connection: duckdb.DuckDBPyConnection, schema: str, fingerprint: str
) -> set[EventFile] | None:
    """Return the files that were counted in the same way; None where that is not known."""
    names = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = current_database()"
    ).fetchall()
    needed = {_FILES, *(f"{schema}.{name}" for name in KEPT)}
    if not needed <= {row[0] for row in names}:
        return None
    rows = connection.execute(
        f"select path, size, modified_ns, fingerprint from {_FILES}"
    ).fetchall()
    if any(row[3] != fingerprint for row in rows):
        return None
    return {EventFile(path, size, modified_ns) for path, size, modified_ns, _ in rows}


def _only_new(part: Part, counted: set[EventFile]) -> Part:
    files = tuple(file for file in part.files if _file(file.path) not in counted)
    return replace(part, files=files, source=parquet_source(files))


def _are_later(connection: duckdb.DuckDBPyConnection, schema: str, parts: Sequence[Part]) -> bool:
    """Whether nothing in new files was loaded before the last count was made."""
    if not parts:
        return True
    (counted_until,) = connection.execute(
        f"select min(loaded_until) from {schema}.{STATE}"
    ).fetchall()[0]
    (first,) = connection.execute(
        f"select min(loaded_at) from ({select_relation(parts)})"
    ).fetchall()[0]
    if first is not None and first.tzinfo is not None:
        first = first.astimezone(timezone.utc).replace(tzinfo=None)
    return counted_until is not None and (first is None or first >= counted_until)
