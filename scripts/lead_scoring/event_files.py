"""The files of events that earlier runs counted, and between which days their events lie.

They are noted in the work database. So a Parquet file that has not changed is not opened to see
what it holds, and a run reads only the files that can hold the days which it counts.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lead_scoring.input_files import FileVersion
from lead_scoring.input_parts import (
    ParquetFacts,
    empty_source,
    literal,
    parquet_source,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    import duckdb

    from lead_scoring.input_parts import Part

STATE_SCHEMA = "lead_scoring_state"

_FILES = f"{STATE_SCHEMA}.counted_files"
# Times outside these years are none, as for the models.
_FIRST_MOMENT, _NO_MOMENT = "timestamp '1900-01-01'", "timestamp '2201-01-01'"
_FILE = "lead_scoring_file"


@dataclass(frozen=True)
class EventFile:
    """A file of events as it was when it was counted.

    Its events lie between `first_date` and `last_date`, days in UTC, and were loaded up to
    `loaded_until`, in UTC; `is_partly_undated` says that some have no time, or no load, of theirs.
    `fingerprint` stands for the way in which they were counted.
    """

    version: FileVersion
    facts: ParquetFacts
    first_date: date | None
    last_date: date | None
    loaded_until: datetime | None
    is_partly_undated: bool
    fingerprint: str


def counted_files(connection: duckdb.DuckDBPyConnection) -> dict[FileVersion, EventFile]:
    """Return the files that are noted in the work database."""
    known = connection.execute(
        "select 1 from information_schema.tables "
        "where table_catalog = current_database() and table_schema || '.' || table_name = ?",
        [_FILES],
    ).fetchall()
    if not known:
        return {}
    files = {}
    for row in connection.execute(f"from {_FILES}").fetchall():
        path, size, modified_ns, types, rows, first, last, loaded_until, is_undated, way = row
        version = FileVersion(path, size, modified_ns)
        facts = ParquetFacts(json.loads(types), rows)
        files[version] = EventFile(version, facts, first, last, loaded_until, is_undated, way)
    return files


def known_facts(connection: duckdb.DuckDBPyConnection) -> dict[FileVersion, ParquetFacts]:
    """Return what is known of the files without opening them."""
    return {version: file.facts for version, file in counted_files(connection).items()}


def note_files(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    versions: Collection[FileVersion],
    fingerprint: str,
) -> None:
    """Note files that were counted, beside those that were noted before.

    Args:
        connection: The open work database.
        parts: The files, which are Parquet; their columns of times are read.
        versions: The files as they were when they were landed.
        fingerprint: What stands for the way in which they were counted.
    """
    connection.execute(f"create schema if not exists {STATE_SCHEMA}")
    connection.execute(
        f"create table if not exists {_FILES} ("
        "path varchar, size bigint, modified_ns bigint, types varchar, row_count bigint, "
        "first_date date, last_date date, loaded_until timestamp, is_partly_undated boolean, "
        "fingerprint varchar)"
    )
    by_path = {version.path: version for version in versions}
    rows: list[list[Any]] = []
    for part in parts:
        # A file without rows is in no group.
        spans = {os.path.realpath(path): values for path, *values in _spans(connection, part)}
        for file in part.files:
            version = by_path[str(file.path)]
            row_count, *span = spans.get(
                os.path.realpath(version.path), (0, None, None, None, False)
            )
            types = json.dumps(dict(part.types))
            facts = [version.size, version.modified_ns, types, row_count]
            rows.append([version.path, *facts, *span, fingerprint])
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {_FILES} values ({places})", rows)


def first_load(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> datetime | None:
    """Return when the first event of some files was loaded, in UTC; None where nobody knows."""
    queries = [
        f"select {_moment(part, 'loaded_at')} as loaded_at from {part.source}" for part in parts
    ]
    if not queries:
        return None
    rows = connection.execute(
        f"select min(loaded_at) from ({' union all '.join(queries)})"
    ).fetchall()
    moment: datetime | None = rows[0][0]
    return moment


def needed_files(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    new_parts: Sequence[Part],
    counted_until: datetime,
) -> tuple[list[Part], int]:
    """Return the parts with those files alone which a run has to read.

    A run counts the days of the events that were loaded since `counted_until`, or of which nobody
    knows when. So it reads all files that may have such events, and of the others those that may
    have events of these days. Where no file is
    new, and each event has its times, nothing was loaded.

    Args:
        connection: The open work database.
        parts: All files of the events, which are noted but for the new ones.
        new_parts: Those that were not counted.
        counted_until: When the last event was loaded that was counted, in UTC.

    Returns:
        The parts, and how many rows the files have that are left out.
    """
    counted = {file.version.path: file for file in counted_files(connection).values()}
    recent = {str(file.path) for part in new_parts for file in part.files}
    undated = {path for path, file in counted.items() if file.is_partly_undated}
    if recent or undated:
        recent |= undated | {
            path
            for path, file in counted.items()
            if file.loaded_until is not None and file.loaded_until >= counted_until
        }
    dates = _loaded_dates(connection, _only(parts, recent), counted_until) if recent else []
    needed = recent | {path for path, file in counted.items() if _may_hold(file, dates)}
    left_out = sum(file.facts.rows for path, file in counted.items() if path not in needed)
    return _only(parts, needed), left_out


def _spans(
    connection: duckdb.DuckDBPyConnection, part: Part
) -> list[tuple[str, int, date, date, datetime, bool]]:
    """Return of each file: rows, first and last date, last load, whether some have none."""
    return connection.execute(
        f"select {_FILE}, count(*), min(cast(occurred_at as date)), max(cast(occurred_at as date)),"
        " max(loaded_at), bool_or(occurred_at is null or loaded_at is null) "
        f"from (select {_FILE}, {_moment(part, 'occurred_at')} as occurred_at, "
        f"{_moment(part, 'loaded_at')} as loaded_at "
        f"from {parquet_source(part.files, _FILE)}) group by {_FILE}"
    ).fetchall()


def _loaded_dates(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], counted_until: datetime
) -> list[date]:
    queries = (
        f"select {_moment(part, 'occurred_at')} as occurred_at, "
        f"{_moment(part, 'loaded_at')} as loaded_at from {part.source}"
        for part in parts
    )
    rows = connection.execute(
        f"select distinct cast(occurred_at as date) from ({' union all '.join(queries)}) "
        f"where occurred_at is not null and (loaded_at is null or loaded_at >= "
        f"timestamp {literal(str(counted_until))})"
    ).fetchall()
    return [row[0] for row in rows]


def _moment(part: Part, name: str) -> str:
    """Return a column of times in UTC as SQL, null where it is not typed as such."""
    for use in part.uses:
        kind = part.types[use.file_column]
        if use.name.lower() == name and kind.startswith("TIMESTAMP"):
            moment = part.expressions[use.file_column]
            if kind == "TIMESTAMP WITH TIME ZONE":
                moment = f"({moment} at time zone 'UTC')"
            is_one = f"{moment} >= {_FIRST_MOMENT} and {moment} < {_NO_MOMENT}"
            return f"case when {is_one} then cast({moment} as timestamp) end"
    return "cast(null as timestamp)"


def _may_hold(file: EventFile, dates: Sequence[date]) -> bool:
    if file.first_date is None or file.last_date is None:
        return False
    return any(file.first_date <= each <= file.last_date for each in dates)


def _only(parts: Sequence[Part], paths: Collection[str]) -> list[Part]:
    """Return the parts with some of their files; one without any keeps its columns alone."""
    kept = []
    for part in parts:
        files = tuple(file for file in part.files if str(file.path) in paths)
        source = parquet_source(files) if files else empty_source(part)
        kept.append(replace(part, files=files, source=source))
    return kept
