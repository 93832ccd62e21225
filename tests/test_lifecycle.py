"""Stages with memory: the published way is that of the definition, whatever the order of runs."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from command import DATABASE, PROJECT, query, score_leads
from lifecycle_case import (
    AS_OF,
    FIRST,
    RULES,
    SLA_HOURS,
    lifecycle_options,
    write_lifecycle_case,
)
from lifecycle_replay import EXCLUDED, Day, Rule, State, candidate, funnel, replay

# Where the runs in pieces begin, and go on by night.
LATER, NIGHT = date(2026, 5, 15), date(2026, 6, 28)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Return the options that name the case's files."""
    return lifecycle_options(write_lifecycle_case(tmp_path_factory.mktemp("lifecycle")))


def fill(case: list[object], out: Path, first: date, last: date, as_of: date) -> None:
    score_leads("backfill", *case, "--from", first, "--to", last, "--as-of", as_of, "--out", out)


@pytest.fixture(scope="module")
def at_once(case: list[object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months in one back-fill."""
    out = tmp_path_factory.mktemp("at_once")
    fill(case, out, FIRST, AS_OF, AS_OF)
    return out / DATABASE


@pytest.fixture(scope="module")
def in_pieces(case: list[object], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same dates: the later half, two nights, one of them twice, and then what lay before.

    Returned are the databases before and after that last step.
    """
    out = tmp_path_factory.mktemp("in_pieces")
    fill(case, out, LATER, NIGHT, NIGHT)
    for as_of in (NIGHT + timedelta(days=1), AS_OF, AS_OF):
        score_leads("run", *case, "--as-of", as_of, "--out", out)
    before = (out / DATABASE).resolve()
    fill(case, out, FIRST, LATER - timedelta(days=1), AS_OF)
    return before, out / DATABASE


def days_of(database: Path) -> dict[tuple[str, str], list[Day]]:
    """Return the scored dates of each model and lead, from the history."""
    rows = query(
        database,
        "select model_id, lead_id, as_of_date, score, fit_points, engagement_points, "
        "last_engaged_on, case when is_excluded then stage end "
        "from lead_scoring__score_history order by as_of_date",
    )
    days: dict[tuple[str, str], list[Day]] = defaultdict(list)
    for model_id, lead_id, *day in rows:
        days[model_id, lead_id].append(Day(*day))
    return days


def paths_of(database: Path) -> dict[tuple[str, str], list[State]]:
    return {key: replay(days, RULES[key[0]]) for key, days in days_of(database).items()}


def test_the_case_has_all_there_is_to_see(at_once: Path) -> None:
    reasons = query(
        at_once,
        "select distinct reason from lead_scoring__stage_transitions where model_id = 'm'",
    )
    assert {reason for (reason,) in reasons} == {
        *("entered", "qualified", "dropped", "recycled", "won", "disqualified", "reinstated"),
    }
    different = query(
        at_once,
        "select count(*) from lead_scoring__score_history where held_stages is not null",
    )
    assert different[0][0] > 100


def test_the_history_holds_what_the_way_is_made_of(at_once: Path) -> None:
    rows = query(
        at_once,
        "select model_id, candidate_stage, held_stages, as_of_date, score, fit_points, "
        "engagement_points, last_engaged_on from lead_scoring__score_history",
    )
    for model_id, published, held, *figures in rows:
        rules, day = RULES[model_id], Day(*figures)
        assert published == candidate(rules, day)
        order = next(rule.order for rule in rules if rule.stage == published)
        holding = {
            str(rule.order)
            for rule in rules
            if rule.order > order and rule.is_held(day) and not rule.is_silent(day)
        }
        assert set((held or "").strip("|").split("|")) - {""} == holding


def test_transitions_are_those_of_the_definition(at_once: Path) -> None:
    expected = sorted(
        (*key, state.on, state.left, state.stage, state.reason, state.days_in_left)
        for key, path in paths_of(at_once).items()
        for state in path
        if state.reason
    )
    published = query(
        at_once,
        "select model_id, lead_id, transitioned_on, from_stage, to_stage, reason, "
        "days_in_from_stage from lead_scoring__stage_transitions order by all",
    )
    assert published == expected


def test_without_memory_the_stage_is_the_one_without_memory(at_once: Path) -> None:
    for key, path in paths_of(at_once).items():
        if key[0] == "n":
            stages = query(
                at_once,
                "select as_of_date, stage from lead_scoring__score_history "
                "where model_id = 'n' and lead_id = $1 order by all",
                key[1],
            )
            assert [(state.on, state.stage) for state in path] == stages


def test_the_list_says_where_a_lead_is_and_how_its_score_moved(at_once: Path) -> None:
    paths, days = paths_of(at_once), days_of(at_once)
    rows = query(
        at_once,
        "select model_id, lead_id, lifecycle_stage, previous_stage, stage_entered_on, "
        "days_in_stage, previous_score, score_change_1_day, score_change_7_days, "
        "score_change_30_days, trend from lead_scoring__ranked_leads",
    )
    assert len(rows) == len(paths)
    for model_id, lead_id, *shown in rows:
        path, scores = (
            paths[model_id, lead_id],
            {day.on: day.score for day in days[model_id, lead_id]},
        )
        last = [state for state in path if state.reason][-1]
        changes = [
            None if earlier is None else scores[AS_OF] - earlier
            for earlier in (scores.get(AS_OF - timedelta(days=number)) for number in (1, 7, 30))
        ]
        limit = 6 if model_id == "m" else 5
        trend = None
        if changes[1] is not None:
            is_steady = abs(changes[1]) < limit
            trend = "steady" if is_steady else "warming" if changes[1] > 0 else "cooling"
        entered = (last.stage, last.left, last.on, (AS_OF - last.on).days)
        previous = scores.get(AS_OF - timedelta(days=1))
        assert tuple(shown) == (*entered, previous, *changes, trend), lead_id


def test_a_transition_is_explained_by_what_changed(at_once: Path) -> None:
    """Contributions are the points before limits, and this case has none, so all changes add up."""
    rows = query(
        at_once,
        "select score_before, score_after, points_change_1, points_change_2, points_change_3, "
        "from_stage, transitioned_on, previous_date from lead_scoring__stage_transitions",
    )
    for before, after, *changes, left, moved_on, previous in rows:
        if left is None:
            assert before is None
            assert changes == [None, None, None]
            continue
        assert previous == moved_on - timedelta(days=1)
        known = [change for change in changes if change is not None]
        assert known == sorted(known, key=abs, reverse=True)
        assert abs(sum(known) - (after - before)) < Decimal("0.001")


def test_the_funnel_counts_the_ways(at_once: Path) -> None:
    paths = paths_of(at_once)
    dates = [FIRST + timedelta(days=number) for number in range((AS_OF - FIRST).days + 1)]
    for model_id, rules in RULES.items():
        own = [path for key, path in paths.items() if key[0] == model_id]
        rows = query(
            at_once,
            "select as_of_date, stage, stage_order, leads, entries, exits, conversions, "
            "entries_to_date, conversions_to_date, conversion_rate, median_days_to_conversion "
            "from lead_scoring__funnel_daily where model_id = $1",
            model_id,
        )
        assert {(day, stage): tuple(figures) for day, stage, *figures in rows} == funnel(
            own, dates, rules
        )


def test_the_queue_holds_whoever_is_in_a_stage_with_hours(at_once: Path) -> None:
    expected = []
    for (model_id, lead_id), path in paths_of(at_once).items():
        state = path[-1]
        hours = SLA_HOURS.get(state.stage)
        if hours and state.stage not in EXCLUDED:
            left = int(hours) - 24 * (AS_OF - state.entered_on).days
            expected.append((model_id, lead_id, state.stage, state.entered_on, left, left < 0))
    published = query(
        at_once,
        "select model_id, lead_id, lifecycle_stage, stage_entered_on, hours_left, is_breached "
        "from lead_scoring__handoff_queue order by all",
    )
    assert published == sorted(expected)
    due = query(
        at_once,
        "select count(*) from lead_scoring__handoff_queue where sla_due_at "
        "!= cast(as_of_date as timestamp) + interval 1 day + hours_left * interval 1 hour",
    )
    assert due == [(0,)]


@pytest.mark.parametrize(
    ("mart", "columns"),
    [
        ("score_history", "* exclude (run_id, attributes_date)"),
        ("stage_rules", "*"),
        ("stage_transitions", "#1, #2, #3, #4, #5, #6, #7, #8, #9, #10, #11"),
        ("funnel_daily", "*"),
        ("recent_contributions", "*"),
        ("handoff_queue", "*"),
        ("ranked_leads", "*"),
    ],
)
def test_the_order_of_the_runs_makes_no_difference(
    at_once: Path, in_pieces: tuple[Path, Path], mart: str, columns: str
) -> None:
    statement = f"select {columns} from lead_scoring__{mart} order by all"
    assert query(in_pieces[1], statement) == query(at_once, statement)


def test_what_explained_a_transition_stays_when_earlier_dates_are_filled_in(
    at_once: Path, in_pieces: tuple[Path, Path]
) -> None:
    statement = (
        "select model_id, lead_id, transitioned_on, previous_date, criterion_1, points_change_1, "
        "criterion_2, points_change_2, criterion_3, points_change_3 "
        "from lead_scoring__stage_transitions"
    )

    def explained(database: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        return {tuple(row[:4]): tuple(row[4:]) for row in query(database, statement)}

    whole, before, after = (explained(each) for each in (at_once, *in_pieces))
    assert len(before.keys() & after.keys()) > 50
    for key, criteria in after.items():
        is_new = key[2] >= LATER and key not in before
        assert criteria == (whole[key] if not is_new else (None,) * 6), key


# The example of the docs


def test_the_example_of_the_page_is_what_the_definition_says() -> None:
    page = (PROJECT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    example = page[page.index("## An example") :]
    rows = [
        [part.strip().strip("`") for part in line.strip("|").split("|")]
        for line in re.findall(r"^\| 2026.*\|$", example, re.MULTILINE)
    ]
    assert len(rows) > 8
    rules = [
        Rule("prospect", 1),
        Rule("mql", 2, Decimal(37), Decimal(32), min_days=3, recycle_after_days=60),
        Rule("sql", 3, Decimal(60), Decimal(54), min_days=3, recycle_after_days=30),
    ]
    days = [
        Day(date.fromisoformat(on), Decimal(score), last_engaged_on=date.fromisoformat(engaged))
        for on, score, engaged, *_ in rows
    ]
    states = replay(days, rules)
    assert [
        (candidate(rules, day), state.stage) for day, state in zip(days, states, strict=True)
    ] == [(row[3], row[4]) for row in rows]
    assert [state.reason or "" for state in states] == [row[5] for row in rows]
