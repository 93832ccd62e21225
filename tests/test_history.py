"""Scores over time: each date as the oracle scores it alone, whenever and however it was scored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from command import DATABASE, case_arguments, query, read_csv, score_leads, write_csv
from lead_scoring.scoring_dates import DateRange
from oracle import score
from oracle_inputs import CaseFiles
from oracle_text import instant
from random_cases import write_case
from test_dbt_project import Workplace

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
NIGHTS = [date(2026, 6, day) for day in (1, 8, 15, 22, 30)]
COLUMNS = (
    "model_id", "lead_id", "as_of_date", "score_rank", "score_percentile", "score", "fit_points",
    "engagement_points", "grade", "stage", "is_excluded", "last_engaged_on",
)  # fmt: skip
Rows = list[tuple[str, ...]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_late_events(tmp_path_factory.mktemp("late") / "case")


def write_late_events(folder: Path) -> Path:
    """Write a case in which events arrive up to three weeks late, some of them more than once."""
    write_case(folder, seed=7, leads=50, events=700)
    draw = Random(7)
    events = read_csv(folder / "events.csv")
    for row in events:
        row["loaded_at"] = _later(draw, row["occurred_at"])
    for row in draw.sample(events, 150):
        again = row | {"loaded_at": _later(draw, row["occurred_at"])}
        again["value"] = str(draw.randrange(500))
        again["event_type"] = draw.choice(events)["event_type"]
        events.append(again)
    write_csv(folder / "events.csv", events)
    return folder


def _later(draw: Random, occurred_at: str) -> str:
    moment = instant(occurred_at)
    if moment is None or draw.random() < 0.1:
        return ""
    later = moment + timedelta(days=draw.choice((-1, 0, 0, 0, 1, 3, 9, 20)), hours=1)
    return later.isoformat(sep=" ", timespec="seconds")


def received_by(case: Path, night: date, folder: Path) -> Path:
    """Write the case as it was at the end of a night: without events that were loaded later."""
    for path in case.rglob("*.csv"):
        copy = folder / path.relative_to(case)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    events = read_csv(case / "events.csv")
    write_csv(
        folder / "events.csv",
        [
            row
            for row in events
            if (loaded_at := instant(row["loaded_at"])) is None or loaded_at.date() <= night
        ],
    )
    return folder


def history(out: Path, columns: Sequence[str] = COLUMNS) -> Rows:
    """Return the published history as text, sorted; a null is ''."""
    texts = ", ".join(f"coalesce(cast({name} as varchar), '')" for name in columns)
    return sorted(query(out / DATABASE, f"select {texts} from lead_scoring__score_history"))


def of_date(rows: Rows, day: date) -> Rows:
    return [row for row in rows if row[2] == day.isoformat()]


def by_the_oracle(case: Path | CaseFiles, day: date) -> Rows:
    rows = score(case, day).ranked_leads
    return sorted(tuple(row[column] for column in COLUMNS) for row in rows)


def inputs(case: Path) -> list[object]:
    """Return the options that name a case's files, without a date."""
    options = case_arguments(case)
    place = options.index("--as-of")
    return options[:place] + options[place + 2 :]


def backfill(case: Path, out: Path, *options: object) -> None:
    score_leads(
        "backfill", *inputs(case), "--from", FIRST, "--to", LAST, "--as-of", LAST,
        "--out", out, "--format", "csv", *options,
    )  # fmt: skip


def test_a_filled_date_is_scored_with_all_that_is_known_now(case: Path, tmp_path: Path) -> None:
    backfill(case, tmp_path / "out")
    rows = history(tmp_path / "out")
    assert {row[2] for row in rows} == {
        (FIRST + timedelta(days=number)).isoformat() for number in range(30)
    }
    for day in NIGHTS:
        assert of_date(rows, day) == by_the_oracle(case, day), day
    assert {row[0] for row in history(tmp_path / "out", ["basis"])} == {"restated"}


def test_nights_and_an_as_known_back_fill_are_equal_row_for_row(case: Path, tmp_path: Path) -> None:
    """And equal to what the oracle makes of what had arrived; no row changes after its night."""
    filled, nightly = tmp_path / "filled", tmp_path / "nightly"
    backfill(case, filled, "--basis", "as_known")
    kept: Rows = []
    for night in NIGHTS:
        known = received_by(case, night, tmp_path / night.isoformat())
        score_leads(
            "run", *inputs(known), "--as-of", night, "--basis", "as_known",
            "--out", nightly, "--format", "csv", "--max-drop", "1",
        )  # fmt: skip
        rows = history(nightly)
        assert [row for row in rows if row[2] < night.isoformat()] == kept
        assert of_date(rows, night) == by_the_oracle(known, night), night
        kept = rows
    in_one_go = history(filled)
    assert [row for night in NIGHTS for row in of_date(in_one_go, night)] == [
        row for night in NIGHTS for row in of_date(kept, night)
    ]
    assert {row[0] for row in history(filled, ["basis"])} == {"as_known"}
    # The case has events that came late, or else this test would show nothing.
    assert any(of_date(in_one_go, night) != by_the_oracle(case, night) for night in NIGHTS)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write three leads, an event each day of June, and no rules but the default ones."""
    case = tmp_path / "small"
    write_csv(
        case / "leads.csv",
        [
            {"lead_id": name, "created_at": f"2026-06-0{day}"}
            for name, day in zip("abc", (1, 2, 5), strict=True)
        ],
    )
    write_csv(
        case / "events.csv",
        [
            {
                "event_id": f"e{day}", "lead_id": "a", "event_type": "page_view",
                "occurred_at": f"2026-06-{day:02} 10:00:00",
            }
            for day in range(1, 31)
        ],
    )  # fmt: skip
    return case


def run(case: Path, out: Path, as_of: str, *options: object, code: int = 0) -> Any:
    return score_leads(
        "run", "--leads", case / "leads.csv", "--events", case / "events.csv", "--as-of", as_of,
        "--out", out, "--format", "csv", *options, code=code,
    )  # fmt: skip


def dates(out: Path) -> list[tuple[str, int, int]]:
    """Return each date of the champion's history with its rows and runs."""
    return query(
        out / DATABASE,
        "select cast(as_of_date as varchar), count(*), count(distinct run_id) "
        "from lead_scoring__score_history where model_id = 'b2b_saas' group by 1 order by 1",
    )


def test_a_date_run_again_is_replaced_and_a_failed_run_leaves_no_trace(
    small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(small, out, "2026-06-03")
    run(small, out, "2026-06-10")
    run(small, out, "2026-06-03")
    assert dates(out) == [("2026-06-03", 2, 1), ("2026-06-10", 3, 1)]
    before = history(out)
    write_csv(small / "events.csv", read_csv(small / "events.csv")[:3])
    run(small, out, "2026-06-11", code=1)
    assert history(out) == before
    run(small, out, "2026-06-12", "--max-drop", "1", "--keep-history", "2")
    assert dates(out) == [("2026-06-10", 3, 1), ("2026-06-12", 3, 1)]
    ended = run(small, out, "2026-06-09", "--keep-history", "2", code=2)
    assert "keeps no date before 2026-06-10" in ended.said
    # The demo's leads are no past of these.
    score_leads("run", "--out", out, "--format", "csv")
    assert [day for day, _, _ in dates(out)] == ["2026-06-30"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2026-06-02", "--to", "2026-06-01"), "later than --to"),
        (("--from", "2026-06-01", "--to", "2026-07-01"), "at the latest"),
        (("--from", "2026-6-1", "--to", "2026-06-02"), "not a date of the form YYYY-MM-DD"),
        (("--from", "2026-06-01", "--to", "2026-06-02", "--every", "year"), "'year' is not one of"),
        (("--from", "2026-06-01"), "Missing option '--to'"),
        (
            ("--from", "2026-06-01", "--to", "2026-06-09", "--keep-history", "25"),
            "keeps no date before 2026-06-05",
        ),
        (
            ("--from", "2026-06-01", "--to", "2026-06-02", "--keep-history", "999999"),
            "1<=x<=99999",
        ),
    ],
)
def test_a_wrong_range_is_refused_before_anything_runs(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ended = score_leads("backfill", *options, "--as-of", "2026-06-30", "--out", out, code=2)
    assert said in ended.said
    assert not (out / DATABASE).exists()


@pytest.mark.parametrize(
    ("first", "last", "every", "expected"),
    [
        ("2026-06-29", "2026-07-01", "day", ["2026-06-29", "2026-06-30", "2026-07-01"]),
        ("2026-06-16", "2026-06-30", "week", ["2026-06-16", "2026-06-23", "2026-06-30"]),
        ("2025-12-31", "2026-03-30", "month", ["2025-12-31", "2026-01-31", "2026-02-28"]),
        ("2024-01-30", "2024-02-29", "month", ["2024-01-30", "2024-02-29"]),
        ("2026-06-30", "2026-06-30", "month", ["2026-06-30"]),
    ],
)
def test_a_range_has_the_dates_of_its_step(
    first: str, last: str, every: str, expected: list[str]
) -> None:
    days = DateRange(date.fromisoformat(first), date.fromisoformat(last), every).dates()
    assert [day.isoformat() for day in days] == expected


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("dates"), ":memory:")


@pytest.mark.parametrize(
    ("value", "is_date"),
    [
        ("2028-02-29", True),
        ("2026-02-29", False),
        (20260630, False),
        ("2026-06-30 10:00:00", False),
    ],
)
def test_a_variable_that_is_no_date_is_refused_in_a_sentence(
    workplace: Workplace, value: str | int, is_date: bool
) -> None:
    ended = workplace.dbt(
        "run-operation", "checked_date", "--args", json.dumps({"value": value, "variable": "when"})
    )
    refusal = f'The variable when holds dates of the form YYYY-MM-DD; "{value}" is none.'
    assert (ended.returncode == 0, refusal in ended.stdout) == (is_date, not is_date)
