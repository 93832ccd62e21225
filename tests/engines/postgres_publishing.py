"""Programs that the tests of publishing on Postgres start: one publishes and may be killed.

postgres_publishing.py publish FIRST COUNT   publish runs of made-up marts, one after another
postgres_publishing.py hold                  hold the database until killed
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg2

from lead_scoring.exports import MARTS
from lead_scoring.postgres_warehouse import WORK_SCHEMA, postgres_warehouse

ROWS = 50


def run_id(number: int) -> str:
    return f"20260630T120000Z-{number:08d}"


def connect(user: str = "postgres") -> Any:
    return psycopg2.connect(
        host=os.environ["LEAD_SCORING_POSTGRES_HOST"],
        port=os.environ["LEAD_SCORING_POSTGRES_PORT"],
        dbname=os.environ["LEAD_SCORING_POSTGRES_DATABASE"],
        user=user,
    )


def build(number: int, extra: str = "") -> None:
    """Make marts whose every row names the run, as a build leaves them."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {WORK_SCHEMA} cascade")
        cursor.execute(f"create schema {WORK_SCHEMA}")
        for mart in MARTS:
            cursor.execute(
                f"create table {WORK_SCHEMA}.{mart} as "
                f"select %s::text as run_id, place{extra} from generate_series(1, {ROWS}) as place",
                [run_id(number)],
            )
            cursor.execute(f"comment on table {WORK_SCHEMA}.{mart} is 'It''s run {number}'")
            cursor.execute(f"comment on column {WORK_SCHEMA}.{mart}.place is 'Of run {number}'")
    connection.close()


def publish(first: int, count: int, keep: int = 3, extra: str = "") -> None:
    for number in range(first, first + count):
        with postgres_warehouse(Path(tempfile.gettempdir()), 0) as warehouse:
            build(number, extra)
            warehouse.publish(run_id(number), keep)
        print(number, flush=True)


def hold() -> None:
    with postgres_warehouse(Path(tempfile.gettempdir()), 0):
        print("held", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold()
    else:
        publish(*map(int, sys.argv[2:4]))
