"""Makes the data of the benchmark as Parquet: leads, two years of events, and the day after.

The day after stands apart, so that a nightly run can be measured. See the SQL beside this file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
DAYS = 730


def generate(folder: Path, leads: int, events: int) -> None:
    """Write the files, but those that are there already.

    Args:
        folder: Where they go: `leads.parquet`, a file of events a day in `events`, and the events
            of one more day in `next_day`.
        leads: How many leads.
        events: How many events two years bring, those delivered twice not counted.
    """
    with duckdb.connect(":memory:") as connection:
        _write(connection, "leads", folder / "leads.parquet", {"leads": leads})
        for day in range(DAYS + 1):
            _write_day(connection, folder, leads, events, day)


def generate_day(folder: Path, leads: int, events: int, day: int) -> None:
    """Write the events of one more day, beside those of the day after."""
    with duckdb.connect(":memory:") as connection:
        _write_day(connection, folder, leads, events, day)


def _write_day(
    connection: duckdb.DuckDBPyConnection, folder: Path, leads: int, events: int, day: int
) -> None:
    part = "events" if day < DAYS else "next_day"
    path = folder / part / f"day_{day:04}.parquet"
    values = {"leads": leads, "events_a_day": events // DAYS, "day": day}
    _write(connection, "events", path, values)


def _write(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, values: dict[str, int]
) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    query = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    connection.execute(f"create or replace temp table made as {query}", values)
    connection.execute("copy made to $path (format parquet)", {"path": str(unfinished)})
    unfinished.rename(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    arguments = parser.parse_args()
    generate(arguments.folder, arguments.leads, arguments.events)
