"""The oracle reproduces the golden cases; the random cases reach every part of the contract."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from oracle import Expected, decay, score
from oracle_inputs import REASONS, Row, read_configuration
from oracle_text import amount, holds, instant, number, rounded, spaced_words
from random_cases import (
    AS_OF,
    EVENT_PROPERTIES,
    MONETARY_OPERATORS,
    OPERATORS,
    write_case,
)

GOLDEN = Path(__file__).parent / "golden"
SEEDS_TRIED = range(31)
LEADS, EVENTS, VERSIONS = 25, 300, 60


@dataclass(frozen=True)
class Tried:
    """A random case that was scored."""

    configuration: dict[str, list[Row]]
    expected: Expected

    def criteria(self) -> dict[tuple[str | None, str | None], Row]:
        """Return the criteria by model and id."""
        return {
            (row["model_id"], row["criterion_id"]): row for row in self.configuration["criteria"]
        }


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> list[Tried]:
    cases = []
    for seed in SEEDS_TRIED:
        folder = tmp_path_factory.mktemp(f"case_{seed}")
        write_case(folder, seed, LEADS, EVENTS, VERSIONS)
        cases.append(Tried(read_configuration(folder / "config"), score(folder, AS_OF)))
    return cases


@pytest.mark.parametrize("case", [1, 2, 3, 4])
@pytest.mark.parametrize("mart", ["ranked_leads", "contributions", "rejected_records"])
def test_golden_cases_come_out_in_every_column_and_digit(case, mart):
    folder = GOLDEN / f"case_{case}"
    with (folder / f"expected_{mart}.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = list(csv.DictReader(file))
    assert getattr(score(folder, date(2026, 6, 30)), mart) == wanted


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-30", datetime(2026, 6, 30)),
        ("\u00a02026-06-30T10:20\u200b", datetime(2026, 6, 30, 10, 20)),
        ("2026-06-30 10:20:30.1234569Z", datetime(2026, 6, 30, 10, 20, 30, 123456)),
        ("2026-06-30 10:20:30-0530", datetime(2026, 6, 30, 15, 50, 30)),
        ("2026-06-30+02", datetime(2026, 6, 29, 22)),
        ("2026-06-30 24:00", None),
        ("2026-06-30 10:20:60", None),
        ("2026-06-30 10:20.5", None),
        ("2026-06-30 10:20+24:00", None),
        ("2026-02-29", None),
        ("1899-12-31", None),
        ("2201-01-01", None),
        ("1750000000", None),
        ("infinity", None),
        (None, None),
    ],
)
def test_timestamps_have_one_form(text, moment):
    assert instant(text) == moment


def test_numbers_have_one_form():
    assert [number(text) for text in ("1e3", " +.5 ", "-2.", "0")] == [1000, 0.5, -2, 0]
    assert all(number(text) is None for text in ("NaN", "inf", "0x1F", "1_000", "1,5", ".", "٣"))
    assert amount("1.001e2") == Decimal("100.1")
    assert amount("1e18") is None
    assert amount("-1e18") is None


def test_rounding_is_half_away_from_zero():
    assert [str(rounded(Decimal(text), 4)) for text in ("0.00005", "-0.00005", "-0.00004")] == [
        "0.0001",
        "-0.0001",
        "0.0000",
    ]


def test_decay_methods():
    half = {"method": "exponential", "half_life_days": "14"}
    fade = {"method": "linear", "lifetime_days": "320"}
    steps = {"method": "step", "step_days": "30", "step_fraction": "0.25"}
    assert decay(half, 28) == Decimal("0.25")
    assert decay(fade, 251) == Decimal("0.215625")
    assert decay(fade, 400) == 0
    assert [decay(steps, age) for age in (29, 30, 150)] == [1, Decimal("0.75"), 0]
    assert decay(None, 1000) == 1


def test_whole_words_are_parted_by_anything_but_letters_and_digits():
    assert spaced_words("VP,  Sales—Größe_2") == " vp sales größe 2 "
    assert holds("VP, Sales", "has_word", "x|vp sales")
    assert not holds("vpn sales", "has_word", "vp")


def test_a_null_matches_only_is_blank_and_negations():
    matching = {operator for operator in OPERATORS if holds(None, operator, "1")}
    assert matching == {"is_blank", "not_equals", "not_in", "not_contains"}


def test_a_random_case_is_the_same_every_time(tmp_path):
    for folder in ("one", "two"):
        write_case(tmp_path / folder, 7)
    files = sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) > 5
    for path in files:
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes()


def test_random_cases_match_and_miss_with_every_operator_of_every_signal(tried):
    asked: Counter[tuple[str | None, str | None]] = Counter()
    matched: Counter[tuple[str | None, str | None]] = Counter()
    for case in tried:
        leads = Counter(row["model_id"] for row in case.expected.ranked_leads)
        criteria = case.criteria()
        for (model_id, _), row in criteria.items():
            asked[row["signal"], row.get("operator")] += leads[model_id or ""]
        for row in case.expected.contributions:
            criterion = criteria[row["model_id"], row["criterion_id"]]
            matched[criterion["signal"], criterion.get("operator")] += 1
    wanted = {
        (signal, each) for signal in ("attribute", "frequency", "recency") for each in OPERATORS
    }
    wanted |= {("monetary", operator) for operator in MONETARY_OPERATORS}
    never_null = {"frequency", "monetary"}
    for pair in wanted:
        assert asked[pair] > matched[pair] or pair[0] in never_null, pair
        assert matched[pair] or (pair[0] in never_null and pair[1] == "is_blank"), pair


def test_random_filters_reach_every_property_with_every_operator(tried):
    filters = {
        (row["filter_property"], row["filter_operator"])
        for case in tried
        for row in case.configuration["criteria"]
        if row.get("filter_property")
    }
    assert filters == {(name, operator) for name in EVENT_PROPERTIES for operator in OPERATORS}


def test_random_event_criteria_reach_every_method_with_and_without_caps_and_window(tried):
    earning = set()
    for case in tried:
        methods = {
            row["decay_policy"]: row["method"] for row in case.configuration["decay_policies"]
        }
        criteria = case.criteria()
        for row in case.expected.contributions:
            criterion = criteria[row["model_id"], row["criterion_id"]]
            if criterion["signal"] == "event" and Decimal(row["points"]):
                earning.add(
                    (
                        methods.get(criterion.get("decay_policy")),
                        bool(criterion.get("max_occurrences")),
                        bool(criterion.get("max_per_day")),
                        bool(criterion.get("window_days")),
                    )
                )
    assert len(earning) == 5 * 2 * 2 * 2


def test_random_groups_combine_both_ways_under_every_pair_of_limits(tried):
    groups = {
        (row["combine"], bool(row.get("min_points")), bool(row.get("max_points")))
        for case in tried
        for row in case.configuration["groups"]
    }
    assert len(groups) == 2 * 2 * 2


def test_random_inputs_are_rejected_for_every_reason(tried):
    seen = {
        (row["relation"], row["reason"]) for case in tried for row in case.expected.rejected_records
    }
    assert seen == {(relation, reason) for relation in REASONS for reason in REASONS[relation]}


def test_random_leads_reach_every_stage_band_and_kind_of_action(tried):
    leads = [row for case in tried for row in case.expected.ranked_leads]
    assert {row["stage"] for row in leads} >= {"customer", "disqualified", "prospect", "sql"}
    assert {row["fit_band"] for row in leads} == set("ABCD")
    assert {row["engagement_band"] for row in leads} == set("1234")
    assert any("; reason" in row["exclusion_reasons"].removeprefix("reason") for row in leads)
    bands = {(row["action"].rpartition(" ")[2], row["grade"]) for row in leads if row["action"]}
    kinds = {
        (grade[:1] in action, grade[1:] in action) for action, grade in bands if len(grade) == 2
    }
    assert len(kinds) == 4


def test_random_scores_tie_and_the_lead_id_settles_it(tried):
    ties = 0
    for case in tried:
        keys = Counter(
            (
                row["model_id"],
                row["score"],
                row["engagement_points"],
                row["last_engaged_on"],
            )
            for row in case.expected.ranked_leads
            if row["score_rank"]
        )
        ties += sum(count > 1 for count in keys.values())
    assert ties >= len(tried)
