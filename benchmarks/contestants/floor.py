"""The least that any scoring has to do: read the events and count them by lead.

Apart from that, the least that deduplication has to do: find the ids that a UTC date has twice.
"""

from __future__ import annotations

import sys

import duckdb

FLOORS = {
    "scan": "select lead_id, count(*) from read_parquet($events) group by lead_id",
    "duplicates": """
        select event_id, cast(occurred_at as date) as event_date
        from read_parquet($events)
        group by event_id, event_date
        having count(*) > 1
    """,
}

if __name__ == "__main__":
    floor, events = sys.argv[1:]
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"create temp table found as {FLOORS[floor]}", {"events": events})
