"""Measures this project beside other ways to the same scores, each in a process of its own.

`run.py SIZE` makes the data, runs everything in turn, checks that the others' scores are ours,
prints tables and keeps the figures in `build/bench/results`, a file for each machine.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from agreement import disagreements
from generate import DAYS, generate, generate_day
from report import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parents[1]
BENCH = PROJECT / "build" / "bench"
CONTESTANTS = Path(__file__).parent / "contestants"
MODEL = "b2b_saas"
LAST_DAY = date(2024, 7, 1) + timedelta(days=DAYS - 1)
WORK_DATABASE = Path(".work") / "warehouse.duckdb"
PUBLISHED_DATABASE = Path("lead_scoring.duckdb")
# The weight of fit against engagement, as it is after the change of weights.
CHANGED_WEIGHTS = {"fit_weight": "0.5", "engagement_weight": "0.5"}


@dataclass(frozen=True)
class Size:
    """How much data, how often everything is run, and what is not run at every size.

    `nights` is how many more nights follow, for what they leave on the disk.
    """

    leads: int
    events: int
    runs: int
    nights: int
    with_pandas: bool
    with_little_memory: bool


SIZES = {
    "tiny": Size(10_000, 146_000, 1, 2, with_pandas=True, with_little_memory=True),
    "small": Size(100_000, 5_000_000, 3, 10, with_pandas=True, with_little_memory=False),
    "large": Size(1_000_000, 50_000_000, 1, 0, with_pandas=False, with_little_memory=True),
}


class Benchmark:
    """The data of one size, and what is run on it."""

    def __init__(self, name: str) -> None:
        """Make the data and the rules, where they are not there yet."""
        self.size = SIZES[name]
        self.folder = BENCH / name
        for left_over in (self.folder / "next_day").glob("*"):
            if left_over.name != f"day_{DAYS:04}.parquet":
                left_over.unlink()
        generate(self.folder, self.size.leads, self.size.events)
        self.leads = self.folder / "leads.parquet"
        self.events = self.folder / "events" / "*.parquet"
        # With the day after, which stands in a folder of its own.
        self.more_events = self.folder / "*" / "day_*.parquet"
        self.published = self.folder / "project"
        self.rules = write_rules(self.folder / "rules", {})
        self.changed_rules = write_rules(self.folder / "changed_rules", CHANGED_WEIGHTS)
        self.one_lead = self.folder / "one_lead.parquet"
        duckdb.read_parquet(str(self.leads)).limit(1).write_parquet(str(self.one_lead))

    def round(self) -> dict[str, dict[str, Any]]:
        """Run everything once, in turn, and return what each cost."""
        costs = {name: self.floor(name) for name in ("scan", "duplicates")}
        next_day = LAST_DAY + timedelta(days=1)
        one_lead = self.folder / "start_up"
        costs["start_up"] = self.project(one_lead, self.one_lead, None, fresh=True)
        costs["start_up_again"] = self.project(one_lead, self.one_lead, None, as_of=next_day)
        costs["build"] = self.project(self.published, self.leads, self.events, fresh=True)
        costs["build"]["nodes"] = node_seconds(self.published / ".work" / "logs" / "dbt.log")
        if self.size.with_little_memory:
            little = self.folder / "little_memory"
            costs["little_memory"] = self.project(
                little, self.leads, self.events, fresh=True, memory_limit="1GB"
            )
            shutil.rmtree(little)
        costs["query"] = self.other("query.py")
        costs["polars"] = self.other("polars_script.py")
        if self.size.with_pandas:
            costs["pandas"] = self.other("pandas_script.py")
        costs["nightly"] = self.project(
            self.published, self.leads, self.more_events, as_of=next_day
        )
        costs["weights"] = self.project(
            self.published, self.leads, self.more_events, rules=self.changed_rules, as_of=next_day
        )
        return costs

    def nights(self) -> list[dict[str, float]]:
        """Run on through the nights that follow; return what each costs and leaves on the disk."""
        left = []
        for night in range(2, 2 + self.size.nights):
            day = DAYS + night - 1
            generate_day(self.folder, self.size.leads, self.size.events, day)
            cost = self.project(
                self.published,
                self.leads,
                self.more_events,
                as_of=LAST_DAY + timedelta(days=night),
            )
            manifest = json.loads((self.published / "manifest.json").read_text(encoding="utf-8"))
            left.append(
                {
                    "cpu_seconds": cost["cpu_seconds"],
                    "work_bytes": (self.published / WORK_DATABASE).stat().st_size,
                    "published_bytes": (self.published / PUBLISHED_DATABASE).stat().st_size,
                    "rows": sum(manifest["marts"].values()),
                }
            )
        return left

    def event_files(self) -> list[Path]:
        """Return all files of events, with those of the day after."""
        return sorted(self.folder.glob("*/day_*.parquet"))

    def floor(self, name: str) -> dict[str, Any]:
        """Measure the floor of the scan or that of the duplicates."""
        return self.measure(name, sys.executable, CONTESTANTS / "floor.py", name, self.events)

    def project(
        self,
        out: Path,
        leads: Path,
        events: Path | None,
        *,
        rules: Path | None = None,
        as_of: date = LAST_DAY,
        fresh: bool = False,
        memory_limit: str | None = None,
    ) -> dict[str, Any]:
        """Measure a run of this project."""
        if fresh:
            shutil.rmtree(out, ignore_errors=True)
        options = ["--leads", leads, "--config", rules or self.rules, "--as-of", as_of]
        if events is not None:
            options += ["--events", events]
        cost = self.measure(
            out.name,
            PROJECT / ".venv" / "bin" / "python", PROJECT / "scripts" / "score_leads.py",
            "run", *options, "--out", out, "--json",
            variables={"LEAD_SCORING_MEMORY_LIMIT": memory_limit} if memory_limit else {},
        )  # fmt: skip
        report = json.loads((self.folder / f"{out.name}.out").read_text(encoding="utf-8"))
        databases = (out / WORK_DATABASE, out / PUBLISHED_DATABASE)
        return cost | {
            "parts": report["seconds"],
            "database_bytes": sum(path.stat().st_size for path in databases),
        }

    def other(self, script: str) -> dict[str, Any]:
        """Measure another way to the scores, and check that they are those that we published."""
        out = self.folder / Path(script).stem
        shutil.rmtree(out, ignore_errors=True)
        cost = self.measure(
            out.name,
            sys.executable, CONTESTANTS / script,
            self.leads, self.events, LAST_DAY, PROJECT / "seeds" / "reference", out,
        )  # fmt: skip
        differing = {name: n for name, n in disagreements(self.published, out).items() if n}
        if differing:
            raise SystemExit(f"{script} and the project do not agree: {differing}")
        return cost | {"database_bytes": sum(path.stat().st_size for path in out.iterdir())}

    def measure(
        self, name: str, *command: object, variables: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Run a command in a process of its own and return what it cost."""
        result, out = self.folder / f"{name}.cost", self.folder / f"{name}.out"
        own = ("DBT_", "LEAD_SCORING_")
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(own)
        } | dict(variables or {})
        for path in self.event_files():
            forget_pages(path)
        print(f"{datetime.now(timezone.utc):%H:%M:%S} {name}", file=sys.stderr)
        with out.open("w") as stdout, out.with_suffix(".err").open("w") as stderr:
            measuring = [sys.executable, Path(__file__).with_name("measure.py"), result, *command]
            subprocess.run(
                [str(word) for word in measuring],
                stdout=stdout, stderr=stderr, env=environment, check=True,
            )  # fmt: skip
        cost = json.loads(result.read_text(encoding="utf-8"))
        if cost.pop("exit_code"):
            raise SystemExit(f"{name} failed, see {out.with_suffix('.err')}")
        return cost


def forget_pages(path: Path) -> None:
    """Have the kernel forget what it keeps of a file, so that it is read from the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def write_rules(folder: Path, changes: dict[str, str]) -> Path:
    """Write the default rules of the one model that all score, with changes to its weights."""
    folder.mkdir(exist_ok=True)
    for seed in sorted((PROJECT / "seeds" / "scoring").glob("*.csv")):
        with seed.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = [row for row in reader if row.get("model_id", MODEL) == MODEL]
        if seed.stem == "lead_scoring__models":
            rows = [row | changes for row in rows]
        with (folder / seed.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def node_seconds(log: Path) -> dict[str, float]:
    """Return how long each model of a build took, from dbt's log."""
    finished = re.compile(r"OK created sql .*? model \w+\.(\w+) \.* ?\[.*? in ([\d.]+)s\]")
    return {
        name: float(seconds) for name, seconds in finished.findall(log.read_text(encoding="utf-8"))
    }


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": processor[1] if processor else platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("duckdb", "polars", "pandas")},
    }


def main() -> None:
    """Measure one size and print what is known of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--runs", type=int, help="how often everything is run (default: by size)")
    arguments = parser.parse_args()
    benchmark = Benchmark(arguments.size)
    file = BENCH / "results" / f"{platform.node()}.json"
    file.parent.mkdir(exist_ok=True)
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    measured = {
        "started_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "leads": benchmark.size.leads,
        "events": benchmark.size.events,
        "event_bytes": sum(path.stat().st_size for path in benchmark.event_files()),
        "machine": machine(),
        "load_before": os.getloadavg()[0],
        "rounds": [],
        "nights": [],
    }
    results[arguments.size] = measured
    for _ in range(arguments.runs or benchmark.size.runs):
        measured["rounds"].append(benchmark.round())
        measured["load_after"] = os.getloadavg()[0]
        file.write_text(json.dumps(results, indent=2), encoding="utf-8")
    measured["nights"] = benchmark.nights()
    file.write_text(json.dumps(results, indent=2), encoding="utf-8")
    print(tables(results, arguments.size))


if __name__ == "__main__":
    main()
