"""Of the files of events, a run reads those that can hold what it counts, and no others."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lead_scoring.event_files import known_facts, needed_files, note_files
from lead_scoring.input_files import FileVersion
from lead_scoring.input_parts import Findings, Part, read_parts, select_relation

Row = tuple[int | None, int | None]
START = datetime(2026, 6, 1, 12)
LOADS = st.integers(0, 2)
# When its events happened and were loaded; most files are of one load.
FILES = st.one_of(
    st.builds(
        lambda days, load: [(day, load) for day in days],
        st.lists(st.integers(0, 8), max_size=3),
        LOADS,
    ),
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 8)), st.one_of(st.none(), LOADS)), max_size=3
    ),
)


def moment(day: int | None) -> datetime | None:
    return None if day is None else START + timedelta(days=day)


def write(path: Path, rows: Sequence[Row], columns: str) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "create table events (event_id varchar, lead_id varchar, event_type varchar, "
            "occurred_at timestamp, loaded_at timestamp)"
        )
        for number, (occurred, loaded) in enumerate(rows):
            values = [f"{path.stem}_{number}", moment(occurred), moment(loaded)]
            connection.execute("insert into events values ($1, 'l', 'view', $2, $3)", values)
        connection.execute(f"copy (select {columns} from events) to '{path}' (format parquet)")


def read(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Part]:
    findings = Findings()
    known = known_facts(connection)
    parts = read_parts(connection, "events", f"{folder}/*.parquet", {}, {}, findings, known)
    assert findings.problems == []
    return parts


def names(parts: Sequence[Part]) -> set[str]:
    return {file.path.name for part in parts for file in part.files}


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    counted=st.lists(FILES, min_size=1, max_size=5),
    new=st.lists(FILES, max_size=2),
    until=LOADS,
    other_columns=st.booleans(),
)
def test_a_run_reads_the_files_that_can_hold_what_it_counts(
    counted: list[list[Row]], new: list[list[Row]], until: int, other_columns: bool
) -> None:
    """Its own events apart, by the rows: what has to be read is, and what can't matter is not."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect(":memory:") as connection:
        folder = Path(name)
        files = {}
        for number, rows in enumerate(counted):
            files[f"{number}.parquet"] = rows
            columns = "*, 'web' as channel" if other_columns and number == 0 else "*"
            write(folder / f"{number}.parquet", rows, columns)
        parts = read(connection, folder)
        versions = [FileVersion.of(file.path) for part in parts for file in part.files]
        note_files(connection, parts, versions, "fingerprint")
        for number, rows in enumerate(new, len(counted)):
            files[f"{number}.parquet"] = rows
            write(folder / f"{number}.parquet", rows, "*")
        new_names = {f"{number}.parquet" for number in range(len(counted), len(files))}
        all_parts = read(connection, folder)
        new_parts = [part for part in all_parts if names([part]) <= new_names]
        if new and not new_parts:
            (whole,) = [part for part in all_parts if names([part]) & new_names]
            chosen = tuple(file for file in whole.files if file.path.name in new_names)
            new_parts = [Part(chosen, "", whole.expressions, whole.types, whole.uses, 0)]
        needed, left_out = needed_files(connection, all_parts, new_parts, moment(until))
        landed = connection.execute(select_relation(needed))
        columns = {column[0] for column in landed.description}
        assert len(landed.fetchall()) + left_out == sum(map(len, files.values()))

    undated = {name for name, rows in files.items() if any(None in row for row in rows)}
    is_loaded = bool(new_names | undated)
    loaded = {
        name
        for name, rows in files.items()
        if any(load is not None and load >= until for _, load in rows)
    }
    touched = {
        day
        for rows in files.values()
        for day, load in rows
        if is_loaded and day is not None and (load is None or load >= until)
    }
    held = {name for name, rows in files.items() if any(day in touched for day, _ in rows)}
    assert names(needed) >= held | undated | new_names
    spans = {
        name: [day for day, _ in rows if day is not None] or [-1] for name, rows in files.items()
    }
    around = {
        name
        for name, days in spans.items()
        if any(min(days) <= day <= max(days) for day in touched)
    }
    assert names(needed) <= around | undated | new_names | (loaded if is_loaded else set())
    expected = {"event_id", "lead_id", "event_type", "occurred_at", "loaded_at"}
    assert columns == expected | ({"channel"} if other_columns else set())


def test_a_file_that_is_noted_is_not_opened(tmp_path: Path) -> None:
    """Its columns and rows are known; one that was written since is looked at again."""
    write(tmp_path / "a.parquet", [(1, 1), (2, 2)], "*")
    with duckdb.connect(":memory:") as connection:
        parts = read(connection, tmp_path)
        file = parts[0].files[0]
        note_files(connection, parts, [FileVersion.of(file.path)], "fingerprint")
        facts = file.path.stat()
        file.path.write_bytes(b"\0" * facts.st_size)
        (written,) = [FileVersion.of(file.path)]
        assert written not in known_facts(connection)
        os.utime(file.path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        (part,) = read(connection, tmp_path)
        assert part.rows == 2
        assert part.types == parts[0].types
