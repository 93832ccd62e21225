"""On Postgres too, what is kept of events equals a count of everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg2
from postgres_server import PostgresServer

from command import PROJECT

RAW = """
create schema lead_scoring_raw;
create table lead_scoring_raw.leads (lead_id text);
create table lead_scoring_raw.events (
    event_id text, lead_id text, event_type text, occurred_at timestamp, loaded_at timestamp,
    page_url text
);
create table lead_scoring_raw.outcomes (lead_id text, outcome text, occurred_at timestamp);
insert into lead_scoring_raw.leads values ('a'), ('b');
"""
FIRST = [
    ("e1", "a", "page_view", "2026-06-01 08:00", "2026-06-01 09:00", "/pricing"),
    ("e2", "a", "page_view", "2026-06-02 08:00", "2026-06-02 09:00", "/home"),
    ("e3", "b", "page_view", "2026-06-03 08:00", "2026-06-03 09:00", "/pricing"),
    ("e4", "nobody", "page_view", "2026-06-03 08:00", "2026-06-03 09:00", None),
]
# A late one, one that comes again, one without a date, one that is rejected.
SECOND = [
    ("e5", "b", "page_view", "2026-06-01 10:00", "2026-06-04 09:00", "/pricing"),
    ("e3", "b", "page_view", "2026-06-03 08:00", "2026-06-04 09:00", "/home"),
    ("e6", "b", "page_view", None, "2026-06-04 09:00", None),
    ("e7", None, "page_view", "2026-06-04 08:00", "2026-06-04 09:00", None),
]
COMPARED = ("int_lead_scoring__event_days", "int_lead_scoring__daily_events",
            "lead_scoring__rejected_records")  # fmt: skip


class Warehouse:
    """A database of the server, and dbt as its owner starts it."""

    def __init__(self, server: PostgresServer, database: str, folder: Path) -> None:
        self.dsn = server.dsn(database)
        self.environment = os.environ | server.environment(database)
        self.folder = folder

    def write(self, sql: str, rows: Sequence[tuple[Any, ...]] = ()) -> None:
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            if rows:
                cursor.executemany(sql, rows)
            else:
                cursor.execute(sql)
        connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute("set search_path to lead_scoring_work")
            cursor.execute(sql)
            found = cursor.fetchall()
        connection.close()
        return found

    def build(self, *options: str) -> dict[str, list[str]]:
        """Build what is compared and return it."""
        variables = {
            "lead_scoring__as_of": "2026-06-30",
            "lead_scoring__incremental_events": True,
        }
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "dbt.cli.main", "build", "--target", "postgres"),
                *("--profiles-dir", str(PROJECT), "--target-path", str(self.folder / "target")),
                *("--log-path", str(self.folder), "--vars", json.dumps(variables)),
                *("--exclude-resource-types", "unit_test", "test"),
                *("--select", "+int_lead_scoring__event_state"),
                *(f"+{name}" for name in COMPARED),
                *options,
            ],
            cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout
        return {name: sorted(map(repr, self.rows(f"select * from {name}"))) for name in COMPARED}


def test_what_is_kept_equals_a_count_of_everything(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    warehouse = Warehouse(server, database, tmp_path)
    insert = "insert into lead_scoring_raw.events values (%s, %s, %s, %s, %s, %s)"
    warehouse.write(RAW)
    warehouse.write(insert, FIRST)
    before = warehouse.build()
    warehouse.write(insert, SECOND)
    after = warehouse.build()
    touched = warehouse.rows(
        "select cast(event_date as text) from int_lead_scoring__touched_event_dates order by 1"
    )
    # The third is the day of the last load before, the second had nothing new.
    assert touched == [("2026-06-01",), ("2026-06-03",), ("2026-06-04",)]
    assert after != before
    assert after == warehouse.build("--full-refresh")
