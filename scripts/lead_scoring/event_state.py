"""What earlier runs counted of events, for the next one to go on from.

A build counts events by day in tables of the work database, `KEPT`. Where it can, the next one
counts only the days of which events came since; the models and `macros/event_state.sql` say how.
It can where the events are Parquet files with a typed `loaded_at`, no file that was counted has
changed or gone, no new one holds what was loaded before the last count, and neither the columns
nor the SQL are others.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lead_scoring.configuration import CRITERIA
from lead_scoring.contract import TRIMMED
from lead_scoring.event_files import (
    STATE_SCHEMA,
    counted_files,
    first_load,
    needed_files,
    note_files,
)
from lead_scoring.input_files import FileKind, FileVersion
from lead_scoring.input_parts import identifier, literal, parquet_source, select_relation
from lead_scoring.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import duckdb

    from lead_scoring.configuration import Configuration
    from lead_scoring.input_parts import Part

EVENT_DAYS = "int_lead_scoring__event_days"
SET_ASIDE = "int_lead_scoring__set_aside_events"
STATE = "int_lead_scoring__event_state"
KEPT = (EVENT_DAYS, SET_ASIDE, STATE)

_TO_READ = "events_to_read"
_FILTERS = f"{STATE_SCHEMA}.event_filters"
# Stands there while a build may have changed what is kept.
_UNFINISHED = "unfinished"
_FILTER_CELLS = ("subject", "filter_property", "filter_operator", "filter_value")
_SQL_FOLDERS = ("macros", "models/staging", "models/intermediate")


@dataclass(frozen=True)
class EventState:
    """What a run has to go on from.

    `is_kept` says whether this run keeps what it counts, `counted_until` when the last event was
    loaded that was counted before, in UTC; none where the run begins anew. `parts` are all files,
    `new_parts` those that were not counted, with `new_versions`.
    """

    is_kept: bool
    counted_until: datetime | None = None
    parts: tuple[Part, ...] = ()
    new_parts: tuple[Part, ...] = ()
    new_versions: tuple[FileVersion, ...] = ()
    fingerprint: str = ""

    @property
    def is_continued(self) -> bool:
        """Whether the run goes on from what was counted before."""
        return self.counted_until is not None


NOTHING_KEPT = EventState(is_kept=False)


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
    versions = {FileVersion.of(file.path) for part in parts for file in part.files}
    anew = EventState(
        is_kept=True,
        parts=tuple(parts),
        new_parts=tuple(parts),
        new_versions=tuple(versions),
        fingerprint=_fingerprint(parts),
    )
    counted = _counted(connection, schema, anew.fingerprint)
    if not counted or not counted <= versions:
        return anew
    new_versions = versions - counted
    new_parts = _of_files(parts, {version.path for version in new_versions})
    rows = connection.execute(f"select min(loaded_until) from {schema}.{STATE}").fetchall()
    counted_until: datetime | None = rows[0][0]
    loaded_from = first_load(connection, new_parts)
    if counted_until is None or (loaded_from is not None and loaded_from < counted_until):
        return anew
    return replace(
        anew,
        counted_until=counted_until,
        new_parts=tuple(new_parts),
        new_versions=tuple(new_versions),
    )


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
        connection.execute(f"drop schema if exists {STATE_SCHEMA} cascade")
    if state.is_kept:
        connection.execute(f"create schema if not exists {STATE_SCHEMA}")
        connection.execute(f"create table {STATE_SCHEMA}.{_UNFINISHED} (is_unfinished boolean)")


def variables(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    raw_schema: str,
    state: EventState,
    configuration: Configuration,
) -> dict[str, object]:
    """Return dbt's vars for a run, and make the view of the events that it has to read.

    Files are left out of the view that can't have events of the days which are counted. All are in
    it where the run begins anew, where a filter has to look through them, or where leads have gone,
    whose events are rejected from now on.

    Args:
        connection: The open work database, in which the inputs were landed.
        schema: That of the build.
        raw_schema: That of the landed inputs.
        state: What the run has to go on from.
        configuration: The rules of the run.
    """
    connection.execute(f"drop view if exists {raw_schema}.{_TO_READ}")
    if not state.is_kept:
        return {"lead_scoring__incremental_events": False}
    events, left_out = f"select * from {raw_schema}.events", 0
    if (
        state.counted_until is not None
        and _filters(configuration) <= _counted_filters(connection)
        and not _has_lost_leads(connection, schema, f"{raw_schema}.leads")
    ):
        needed, left_out = needed_files(
            connection, state.parts, state.new_parts, state.counted_until
        )
        events = select_relation(needed)
    connection.execute(f"create view {raw_schema}.{_TO_READ} as {events}")
    return {
        "lead_scoring__incremental_events": True,
        "lead_scoring__events_identifier": _TO_READ,
        "lead_scoring__event_rows_left_out": left_out,
    }


def finish(
    connection: duckdb.DuckDBPyConnection, state: EventState, configuration: Configuration
) -> None:
    """Note which files are counted by now, and through which filters."""
    if not state.is_kept:
        return
    connection.begin()
    note_files(connection, state.new_parts, state.new_versions, state.fingerprint)
    columns = ", ".join(f"{name} varchar" for name in _FILTER_CELLS)
    connection.execute(f"create or replace table {_FILTERS} ({columns})")
    filters = [list(cells) for cells in _filters(configuration)]
    if filters:
        places = ", ".join("?" * len(_FILTER_CELLS))
        connection.executemany(f"insert into {_FILTERS} values ({places})", filters)
    connection.execute(f"drop table {STATE_SCHEMA}.{_UNFINISHED}")
    connection.commit()


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


def _fingerprint(parts: Sequence[Part]) -> str:
    """Return a digest of the columns and of the SQL that counts."""
    digest = hashlib.sha256()
    columns = dict.fromkeys(
        (use.name, use.file_column, part.types[use.file_column])
        for part in parts
        for use in part.uses
    )
    digest.update(repr([*columns]).encode())
    for folder in _SQL_FOLDERS:
        for path in sorted((PROJECT / folder).rglob("*.sql")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _counted(
    connection: duckdb.DuckDBPyConnection, schema: str, fingerprint: str
) -> set[FileVersion]:
    """Return the files that were counted in the same way; none where that is not known.

    After a build that failed, or was cut short, it is not.
    """
    found = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema in (?, ?)",
        [schema, STATE_SCHEMA],
    ).fetchall()
    names = {row[0] for row in found}
    if not set(KEPT) <= names or _UNFINISHED in names:
        return set()
    files = counted_files(connection).values()
    if any(file.fingerprint != fingerprint for file in files):
        return set()
    return {file.version for file in files}


def _of_files(parts: Sequence[Part], paths: Collection[str]) -> list[Part]:
    """Return the parts that have some of the files, with these alone."""
    found = []
    for part in parts:
        files = tuple(file for file in part.files if str(file.path) in paths)
        if files:
            found.append(replace(part, files=files, source=parquet_source(files)))
    return found


def _filters(configuration: Configuration) -> set[tuple[str | None, ...]]:
    """Return what the criteria look at events through, as it is written."""
    rows = configuration.tables[CRITERIA.name]
    return {tuple(row[name] for name in _FILTER_CELLS) for row in rows if row["filter_property"]}


def _counted_filters(connection: duckdb.DuckDBPyConnection) -> set[tuple[str | None, ...]]:
    """Return what events were looked at through when they were counted."""
    return {tuple(row) for row in connection.execute(f"from {_FILTERS}").fetchall()}


def _has_lost_leads(connection: duckdb.DuckDBPyConnection, schema: str, leads: str) -> bool:
    """Whether events were counted of a lead that is known no more, and not rejected then."""
    lead_id = f"trim(cast(lead_id as varchar), {literal(TRIMMED)})"
    rows = connection.execute(
        f"select 1 from {schema}.{EVENT_DAYS} "
        f"anti join (select {lead_id} as lead_id from {leads}) as leads using (lead_id) "
        f"anti join (select lead_id, event_date from {schema}.{SET_ASIDE} "
        "where is_of_unknown_lead) as rejected using (lead_id, event_date) limit 1"
    ).fetchall()
    return bool(rows)
