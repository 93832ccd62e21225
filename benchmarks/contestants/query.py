"""Scores leads with the hand-written query, and writes its two results as Parquet."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import duckdb

QUERY = Path(__file__).with_suffix(".sql")


def score(leads: str, events: str, as_of: date, reference: str, out: Path) -> None:
    """Write `contributions.parquet` and `ranked_leads.parquet` to a folder.

    Args:
        leads: The file of the leads.
        events: The files of the events, a glob.
        as_of: The scoring date.
        reference: The folder of the reference seeds.
        out: Where the results go.
    """
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:") as connection:
        variables = {"leads": leads, "events": events, "as_of": as_of, "reference": reference}
        for name, value in variables.items():
            connection.execute(f"set variable {name} = $value", {"value": value})
        connection.execute(QUERY.read_text(encoding="utf-8"))
        for result in ("contributions", "ranked_leads"):
            connection.table(result).write_parquet(str(out / f"{result}.parquet"))


if __name__ == "__main__":
    leads, events, as_of, reference, out = sys.argv[1:]
    score(leads, events, date.fromisoformat(as_of), reference, Path(out))
