"""Starts the command as a user or a scheduler would, and reads what it published."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).resolve().parent / "golden"
DATABASE = "lead_scoring.duckdb"
MARTS = (
    "ranked_leads",
    "contributions",
    "score_ledger",
    "rejected_records",
    "run_summary",
    "score_history",
    "stage_rules",
    "stage_transitions",
    "recent_contributions",
    "handoff_queue",
    "funnel_daily",
    "champion_changes",
)
# What tells one run from another, and nothing about the leads.
RUN_COLUMNS = {"run_id", "started_at", "attributes_date"}
# No run that quiet takes longer, but the machine may be busy.
PATIENCE = 600


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """Return the one JSON object that stands alone on standard output."""
        assert self.out.count("\n") == 1, self.out
        assert self.out.endswith("}\n"), self.out
        report = json.loads(self.out)
        assert report["exit_code"] == self.code
        return report

    @property
    def said(self) -> str:
        """Return everything that was printed, with every run of white space as one space."""
        return " ".join(f"{self.out} {self.err}".split())


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what would change a run, and with the changes."""
    own = ("DBT_", "LEAD_SCORING_", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | dict(changes or {})


def command_line(*arguments: object, project: Path = PROJECT) -> list[str]:
    """Return the words that start the command."""
    return [sys.executable, str(project / "scripts" / "score_leads.py"), *map(str, arguments)]


def start(*arguments: object, changes: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command in a process group of its own."""
    return subprocess.Popen(
        command_line(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(changes),
        cwd=tempfile.gettempdir(),
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str], patience: float = PATIENCE) -> Ended:
    """Wait for a started command; a traceback must never show."""
    out, err = process.communicate(timeout=patience)
    assert "Traceback" not in out + err, out + err
    return Ended(process.returncode, out, err)


def score_leads(
    *arguments: object,
    code: int = 0,
    changes: Mapping[str, str] | None = None,
    project: Path = PROJECT,
    prefix: Sequence[str] = (),
    cwd: Path | None = None,
) -> Ended:
    """Run the command to its end, which must be the exit code `code`.

    Args:
        arguments: What is typed behind the command's name.
        code: The exit code that is wanted.
        changes: To the environment.
        project: The project whose command is run.
        prefix: Words before the command, such as those of a program that starts it.
        cwd: Where it is run; without it somewhere outside the project.
    """
    process = subprocess.run(
        [*prefix, *command_line(*arguments, project=project)],
        capture_output=True,
        text=True,
        env=environment(changes),
        cwd=cwd or tempfile.gettempdir(),
        timeout=PATIENCE,
        check=False,
    )
    assert process.returncode == code, process.stdout + process.stderr
    if "--debug" not in arguments:
        assert "Traceback" not in process.stdout + process.stderr, process.stderr
    return Ended(process.returncode, process.stdout, process.stderr)


def case_arguments(folder: Path) -> list[object]:
    """Return the options that name a case's files, as of the date that all cases are made for."""
    options: list[object] = ["--config", folder / "config", "--as-of", "2026-06-30"]
    for relation in ("leads", "events", "outcomes", "lead_history"):
        file = folder / f"{relation}.csv"
        if file.exists():
            options += [f"--{relation.replace('_', '-')}", file]
    return options


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV as text; nothing is taken for a number or a null."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write rows, all with the first one's columns, as a CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def marts(database: Path, schema: str = "main") -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every mart, sorted, without what tells runs apart."""
    found = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for mart in MARTS:
            cursor = connection.execute(f"select * from {schema}.lead_scoring__{mart}")
            names = [column[0] for column in cursor.description or []]
            kept = [place for place, name in enumerate(names) if name not in RUN_COLUMNS]
            rows = [tuple(row[place] for place in kept) for row in cursor.fetchall()]
            found[mart] = sorted(rows, key=repr)
    return found


def query(database: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query over a database file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(statement, list(values)).fetchall()
