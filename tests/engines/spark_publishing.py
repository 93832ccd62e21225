"""Publishes runs of made-up marts on Spark, and may be killed: FOLDER FIRST COUNT.

Prints what a reader finds before the first publication, the number of each run that is published,
and at the end which runs are kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from made_up_runs import ROWS, run_id

from lead_scoring.exports import MARTS
from lead_scoring.spark_warehouse import WORK_SCHEMA, SparkWarehouse, spark_warehouse

ALL_MARTS = " union all ".join(
    f"select '{mart}' as mart, run_id from lead_scoring.{mart}" for mart in MARTS
)


def build(session: Any, number: int, extra: str = "") -> None:
    """Make marts whose every row names the run."""
    session.sql(f"create schema if not exists {WORK_SCHEMA}")
    for mart in MARTS:
        session.sql(
            f"create or replace view {WORK_SCHEMA}.{mart} as "
            f"select '{run_id(number)}' as run_id, id as place{extra} from range({ROWS})"
        )


def publish(
    warehouse: SparkWarehouse, session: Any, number: int, keep: int = 3, extra: str = ""
) -> None:
    build(session, number, extra)
    warehouse.publish(run_id(number), keep)


def seen_by(session: Any) -> list[tuple[str, int]]:
    """Return the run id and the number of rows that one query finds in each mart."""
    query = f"select run_id, count(*) from ({ALL_MARTS}) group by mart, run_id"
    return [tuple(row) for row in session.sql(query).collect()]


def runs_kept(session: Any, folder: Path) -> list[int]:
    """Return the numbers of the runs that are there, the same in catalog and files of each mart."""
    kept = set()
    for mart in MARTS:
        listed = session.sql(f"show partitions lead_scoring_runs.{mart}").collect()
        found = folder / "warehouse" / "lead_scoring_runs.db" / mart
        written = sorted(entry.name for entry in found.iterdir() if entry.is_dir())
        assert sorted(partition for (partition,) in listed) == written
        kept.add(tuple(int(name[-8:]) for name in written))
    assert len(kept) == 1, kept
    return list(kept.pop())


def main(folder: Path, first: int, count: int) -> None:
    """Publish so many runs."""
    from pyspark.sql import SparkSession

    with spark_warehouse(folder, 0) as warehouse:
        session = SparkSession.active()
        is_published = session.catalog.tableExists(f"lead_scoring.{next(iter(MARTS))}")
        print(json.dumps(seen_by(session) if is_published else []), flush=True)
        for number in range(first, first + count):
            publish(warehouse, session, number)
            print(number, flush=True)
        print(json.dumps(runs_kept(session, folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
