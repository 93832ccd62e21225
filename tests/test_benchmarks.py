"""The benchmark's data are what it says, and its hand-written query scores as the project does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from agreement import disagreements
from command import PROJECT, score_leads
from generate import DAYS, generate
from run import CONTESTANTS, LAST_DAY, write_rules

LEADS = 2_000
EVENTS = 20_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark")
    generate(folder, LEADS, EVENTS)
    return folder


@pytest.fixture(scope="module")
def published(data: Path) -> Path:
    out = data / "project"
    score_leads(
        "run", "--leads", data / "leads.parquet", "--events", data / "events" / "*.parquet",
        "--config", write_rules(data / "rules", {}), "--as-of", LAST_DAY, "--out", out,
    )  # fmt: skip
    return out


@pytest.fixture(scope="module")
def queried(data: Path) -> Path:
    out = data / "query"
    arguments = [
        data / "leads.parquet", data / "events" / "*.parquet", LAST_DAY,
        PROJECT / "seeds" / "reference", out,
    ]  # fmt: skip
    words = [sys.executable, CONTESTANTS / "query.py", *arguments]
    subprocess.run([str(word) for word in words], check=True)
    return out


def row_of(files: Path, columns: str) -> tuple[Any, ...]:
    """Return the one row of aggregates over Parquet files."""
    with duckdb.connect() as connection:
        return connection.read_parquet(str(files)).aggregate(columns).fetchall()[0]


def test_data_are_the_same_every_time(data: Path, tmp_path: Path) -> None:
    generate(tmp_path, LEADS, EVENTS)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert len(files) == 1 + DAYS + 1
    assert all((data / file).read_bytes() == (tmp_path / file).read_bytes() for file in files)


def test_events_are_as_many_as_asked_for_and_some_come_twice(data: Path) -> None:
    read, single = row_of(data / "events" / "*.parquet", "count(*), count(distinct event_id)")
    assert single == EVENTS // DAYS * DAYS
    assert 0.002 < (read - single) / single < 0.006


@pytest.mark.parametrize("files", ["events/*.parquet", "next_day/*.parquet"])
def test_some_events_come_late(data: Path, files: str) -> None:
    days = "cast(loaded_at as date) - cast(occurred_at as date)"
    late, latest = row_of(data / files, f"count(*) filter ({days} > 1), max({days})")
    assert late > 0
    assert 1 < latest <= 31


def test_few_leads_have_many_of_the_events(data: Path) -> None:
    few = f"lead_id < 'L{LEADS // 100:08}'"
    (share,) = row_of(data / "events" / "*.parquet", f"avg(cast({few} as integer))")
    assert 0.15 < share < 0.3


def test_hand_written_query_scores_as_the_project_does(published: Path, queried: Path) -> None:
    leads, ranked = row_of(published / "ranked_leads.parquet", "count(*), count(score_rank)")
    assert leads == LEADS
    assert 0 < ranked < leads
    assert set(disagreements(published, queried).values()) == {0}


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ("score + 0.001 as score", "scores"),
        ("score_rank + 1 as score_rank", "ranks"),
        ("'lead' as stage", "stages"),
        ("'A' as fit_band", "grades"),
        ("reason_2 as reason_1", "reasons"),
        ("null as exclusion_reasons", "exclusions"),
        ("lead_id || '?' as lead_id", "leads"),
    ],
)
def test_scores_that_differ_are_seen(
    published: Path, queried: Path, tmp_path: Path, change: str, differing: str
) -> None:
    for result in ("ranked_leads", "contributions"):
        relation = duckdb.read_parquet(str(queried / f"{result}.parquet"))
        if result == "ranked_leads":
            relation = relation.project(f"* replace ({change})")
        relation.write_parquet(str(tmp_path / f"{result}.parquet"))
    assert disagreements(published, tmp_path)[differing] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="make bench is for Linux: it reads /proc")
def test_cost_of_a_command_is_its_own(data: Path, tmp_path: Path) -> None:
    read = data / "leads.parquet"
    program = f"import sys; open({str(read)!r}, 'rb').read(); x = b'1' * 10**8; sys.exit(3)"
    result = tmp_path / "cost.json"
    measuring = [PROJECT / "benchmarks" / "measure.py", result, sys.executable, "-c", program]
    subprocess.run([sys.executable, *map(str, measuring)], check=True)
    cost = json.loads(result.read_text(encoding="utf-8"))
    assert cost["exit_code"] == 3
    assert cost["read_bytes"] >= read.stat().st_size
    assert 1e8 < cost["peak_bytes"] < 2e8
    assert cost["cpu_seconds"] > 0
