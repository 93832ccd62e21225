"""The command evaluate: scores of past dates against outcomes, its figures scikit-learn's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from command import DATABASE, query, read_csv, score_leads, write_csv
from evaluation_case import (
    DATES,
    HORIZON,
    KNOWN_UNTIL,
    EvaluatedCase,
    evaluation_options,
    write_evaluation_case,
)
from evaluation_metrics import SHARES, STUDENT, Row, figures, group_of, margin
from lead_scoring.configuration import Configuration
from lead_scoring.configuration import Row as SeedRow
from lead_scoring.evaluation import DATABASE_NAME, Evaluation, learnt_sentences, read_evaluation
from lead_scoring.evaluation_manifest import TABLE
from lead_scoring.evaluation_report import verdict_sentences
from lead_scoring.exports import EVALUATION_MARTS

EXACT = 1e-6
CHAMPION, CHALLENGER = "fine", "plain"


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, and the same scores labelled apart from it."""

    case: Path
    out: Path
    report: dict[str, Any]
    said: str
    tables: dict[str, list[dict[str, Any]]]
    rows: dict[str, list[Row]]
    left_out: dict[str, int]

    def one(self, table: str, **wanted: object) -> dict[str, Any]:
        """Return the one row of a mart that has the values."""
        found = [
            row
            for row in self.tables[f"evaluation_{table}"]
            if all(row[name] == value for name, value in wanted.items())
        ]
        (row,) = found
        return row


@pytest.fixture(scope="module")
def evaluated(evaluated_case: EvaluatedCase) -> Evaluated:
    case, out, ended = evaluated_case.case, evaluated_case.out, evaluated_case.ended
    rows, left_out = labelled(case, evaluated_case.published)
    return Evaluated(
        case, out, ended.report, ended.said, read_evaluation(out / DATABASE_NAME), rows, left_out
    )


def labelled(case: Path, published: Path) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """Return the scores of the history with what came of the leads, and who is left out."""
    created = {row["lead_id"]: row["created_at"] for row in read_csv(case / "leads.csv")}
    attributes = {row["lead_id"]: row for row in read_csv(case / "leads.csv")}
    outcomes: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_csv(case / "outcomes.csv"):
        outcomes[row["lead_id"]].append(row)
    rows: dict[str, list[Row]] = defaultdict(list)
    left_out: dict[str, int] = defaultdict(int)
    history = query(
        published,
        "select model_id, lead_id, as_of_date, score, stage, is_excluded, grade "
        "from lead_scoring__score_history where as_of_date <= ?",
        DATES.last,
    )
    for model, lead, day, score, stage, is_excluded, grade in history:
        ends = day + timedelta(days=HORIZON)
        on = [(date.fromisoformat(row["occurred_at"]), row["outcome"]) for row in outcomes[lead]]
        if ends > KNOWN_UNTIL:
            left_out["dates"] += 1
        elif not created[lead]:
            left_out["unknown"] += 1
        elif any(happened <= day for happened, _ in on):
            left_out["decided"] += 1
        else:
            won = any(happened <= ends and outcome == "won" for happened, outcome in on)
            big = 10 if int(attributes[lead]["company_size"]) >= 100 else 0
            odds = -4 + 0.06 * float(score) + 0.02 * big
            rows[model].append(
                {
                    "lead_id": lead,
                    "as_of_date": day,
                    "score": score,
                    "stage": stage,
                    "is_excluded": is_excluded,
                    "grade": grade,
                    "lead_source": attributes[lead]["lead_source"] or "(blank)",
                    "period": f"{day:%Y-%m}",
                    "conversions": int(won),
                    "conversion_probability": round(1 / (1 + exp(-odds)), 8)
                    if model == CHAMPION
                    else None,
                }
            )
    return rows, left_out


def close(found: object, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is None and wanted is None
    return abs(float(str(found)) - wanted) <= EXACT


@pytest.mark.parametrize("model", [CHAMPION, CHALLENGER])
@pytest.mark.parametrize(
    ("slice_name", "slice_value"),
    [("overall", "all"), ("period", "2026-03"), ("lead_source", "(blank)")],
)
def test_every_figure_is_scikit_learns(
    evaluated: Evaluated, model: str, slice_name: str, slice_value: str
) -> None:
    rows = [
        row
        for row in evaluated.rows[model]
        if slice_name == "overall" or row[slice_name] == slice_value
    ]
    summary = evaluated.one("summary", model_id=model, slice=slice_name, slice_value=slice_value)
    assert summary["lead_dates"] == len(rows) > 500
    assert summary["conversions"] == sum(row["conversions"] for row in rows) > 20
    assert summary["leads"] == len({row["lead_id"] for row in rows})
    for figure, converted in (("converted_leads", 1), ("other_leads", 0)):
        leads = {row["lead_id"] for row in rows if row["conversions"] == converted}
        assert summary[figure] == len(leads) < summary["lead_dates"]
    wanted = figures(rows)
    assert len(wanted) == (8 if model == CHALLENGER else 11)
    assert {
        name: (float(summary[name]), figure)
        for name, figure in wanted.items()
        if not close(summary[name], figure)
    } == {}
    for share in SHARES:
        assert close(summary[f"lift_{share}"], float(summary[f"capture_{share}"]) * 100 / share)


def test_intervals_leave_out_a_sixteenth_of_the_leads_with_all_their_dates(
    evaluated: Evaluated,
) -> None:
    rows = evaluated.rows[CHAMPION]
    summary = evaluated.one("summary", model_id=CHAMPION, slice="overall")
    for name in ("auc", "average_precision", "capture_20", "brier_score", "log_loss", "base_rate"):
        half = margin(rows, lambda kept, name=name: figures(kept).get(name))
        assert half is not None
        assert half > 0.001
        assert close(summary[f"{name}_low"], max(0.0, float(summary[name]) - half)), name
        assert close(summary[f"{name}_high"], float(summary[name]) + half), name


def test_models_are_compared_by_differences_on_the_same_leads(evaluated: Evaluated) -> None:
    def differences(left_out: str) -> dict[str, float]:
        found = {
            model: figures([row for row in rows if group_of(row["lead_id"]) != left_out])
            for model, rows in evaluated.rows.items()
        }
        return {
            name: found[CHALLENGER][name] - found[CHAMPION][name]
            for name in found[CHALLENGER]
            if name != "base_rate"
        }

    whole = differences("none")
    replicates = [differences(group) for group in "0123456789abcdef"]
    compared = evaluated.tables["evaluation_comparison"]
    assert {(row["model_id"], row["champion_model_id"]) for row in compared} == {
        (CHALLENGER, CHAMPION)
    }
    # The challenger has no probability to compare.
    assert {row["figure"] for row in compared} == whole.keys()
    assert len(whole) == 3 + len(SHARES)
    for row in compared:
        name = row["figure"]
        mean = sum(each[name] for each in replicates) / 16
        half = STUDENT * sqrt(15 / 16 * sum((each[name] - mean) ** 2 for each in replicates))
        assert half > 0.001
        low, high = whole[name] - half, whole[name] + half
        found = (row["difference"], row["difference_low"], row["difference_high"])
        assert all(map(close, found, (whole[name], low, high))), name
        expected = "better" if low > 0 else "worse" if high < 0 else "no difference beyond noise"
        assert row["verdict"] == expected
        if name == "auc":
            assert f"against the champion {CHAMPION}: {expected}" in evaluated.said


def test_leads_and_dates_that_are_left_out_are_counted(evaluated: Evaluated) -> None:
    dates = evaluated.tables["evaluation_dates"]
    last = KNOWN_UNTIL - timedelta(days=HORIZON)
    assert [row["as_of_date"] for row in dates] == DATES.dates()
    assert all(row["is_evaluated"] == (row["as_of_date"] <= last) for row in dates)
    # The history has a row for either model.
    assert 2 * sum(row["decided_leads"] for row in dates) == evaluated.left_out["decided"] > 0
    assert (
        2 * sum(row["unknown_created_at_leads"] for row in dates) == evaluated.left_out["unknown"]
    )
    summary = evaluated.one("summary", model_id=CHAMPION, slice="overall")
    assert summary["unknown_created_at_leads"] == 5
    assert summary["dates_left_out"] == (DATES.last - last).days > 0
    assert summary["dates"] + summary["dates_left_out"] == len(dates) > 100
    assert (summary["first_date"], summary["last_date"]) == (DATES.first, last)
    assert summary["horizon_days"] == HORIZON


def test_slices_part_the_whole(evaluated: Evaluated) -> None:
    whole = evaluated.one("summary", model_id=CHAMPION, slice="overall")
    for name in ("period", "lead_source", "country"):
        parts = [
            row
            for row in evaluated.tables["evaluation_summary"]
            if (row["model_id"], row["slice"]) == (CHAMPION, name)
        ]
        assert len(parts) > 2
        for figure in ("lead_dates", "conversions"):
            assert sum(row[figure] for row in parts) == whole[figure]


def test_deciles_go_by_score_and_then_by_the_hash_of_the_id(evaluated: Evaluated) -> None:
    rows = sorted(
        evaluated.rows[CHAMPION],
        key=lambda row: (
            -row["score"], md5(row["lead_id"].encode()).hexdigest(), row["as_of_date"],
        ),
    )  # fmt: skip
    base = sum(row["conversions"] for row in rows) / len(rows)
    so_far = 0
    for decile in range(1, 11):
        part = [row for place, row in enumerate(rows) if 10 * place // len(rows) == decile - 1]
        won = sum(row["conversions"] for row in part)
        so_far += won
        found = evaluated.one("deciles", model_id=CHAMPION, decile=decile)
        assert (found["lead_dates"], found["conversions"]) == (len(part), won)
        assert (found["highest_score"], found["lowest_score"]) == (
            part[0]["score"],
            part[-1]["score"],
        )
        assert close(found["lift"], won / len(part) / base)
        assert close(found["cumulative_capture"], so_far / (base * len(rows)))


def test_stages_have_their_precision_and_recall(evaluated: Evaluated) -> None:
    rows = evaluated.rows[CHAMPION]
    won = sum(row["conversions"] for row in rows)
    for kind, name in (("stage", "mql"), ("stage", "disqualified"), ("grade", "A1")):
        part = [row["conversions"] for row in rows if row[kind] == name]
        found = evaluated.one("stages", model_id=CHAMPION, kind=kind, name=name)
        assert found["lead_dates"] == len(part) > 0
        assert close(found["conversion_rate"], sum(part) / len(part))
        assert close(found["recall"], sum(part) / won)


def test_a_threshold_says_what_it_sends_to_sales(evaluated: Evaluated) -> None:
    rows = [row for row in evaluated.rows[CHAMPION] if not row["is_excluded"]]
    threshold = evaluated.one("thresholds", model_id=CHAMPION, min_score=15)
    above = [row for row in rows if row["score"] >= 15]
    on_first = {row["lead_id"] for row in above if row["as_of_date"] == DATES.first}
    leads = {row["lead_id"] for row in above}
    weeks = (KNOWN_UNTIL - timedelta(days=HORIZON) - DATES.first).days / 7
    assert threshold["lead_dates"] == len(above)
    assert threshold["leads"] == len(leads)
    assert abs(float(threshold["new_leads_per_week"]) - len(leads - on_first) / weeks) < 1e-4
    assert threshold["conversions"] == sum(row["conversions"] for row in above)


def test_a_criterion_is_held_against_who_did_not_meet_it(evaluated: Evaluated) -> None:
    big = {
        row["lead_id"]
        for row in read_csv(evaluated.case / "leads.csv")
        if int(row["company_size"]) >= 100
    }
    rows = evaluated.rows[CHAMPION]
    found = evaluated.one("criteria", model_id=CHAMPION, criterion_id="big")
    with_it = [row["conversions"] for row in rows if row["lead_id"] in big]
    without = [row["conversions"] for row in rows if row["lead_id"] not in big]
    base = sum(row["conversions"] for row in rows) / len(rows)
    assert close(found["coverage"], len(with_it) / len(rows))
    assert close(found["conversion_rate_with"], sum(with_it) / len(with_it))
    assert close(found["conversion_rate_without"], sum(without) / len(without))
    assert close(found["lift"], sum(with_it) / len(with_it) / base)
    assert float(found["lift_low"]) < float(found["lift"]) < float(found["lift_high"])
    won, others, missed, rest = (
        figure + 0.5
        for figure in (
            sum(with_it), len(with_it) - sum(with_it), sum(without), len(without) - sum(without),
        )
    )  # fmt: skip
    evidence = log(won / (won + missed)) - log(others / (others + rest))
    evidence_without = log(missed / (won + missed)) - log(rest / (others + rest))
    difference = won / (won + missed) - others / (others + rest)
    assert close(found["weight_of_evidence_with"], evidence)
    assert close(found["information_value"], difference * (evidence - evidence_without))
    verdicts = {
        row["criterion_id"]: row["verdict"]
        for row in evaluated.tables["evaluation_criteria"]
        if row["model_id"] == CHAMPION
    }
    assert verdicts.keys() == {"big", "student", "views", "demo", "never"}
    assert verdicts["never"] == "dead"
    assert evaluated.one("criteria", criterion_id="never")["coverage"] == 0


def test_calibration_holds_predictions_against_what_happened(evaluated: Evaluated) -> None:
    bins = evaluated.tables["evaluation_calibration"]
    assert {row["model_id"] for row in bins} == {CHAMPION}
    assert [row["bin"] for row in bins] == list(range(1, 11))
    rows = evaluated.rows[CHAMPION]
    mean = sum(row["conversion_probability"] for row in rows) / len(rows)
    weighted = sum(float(row["mean_probability"]) * row["lead_dates"] for row in bins) / len(rows)
    assert abs(mean - weighted) < 1e-6
    assert sum(row["conversions"] for row in bins) == sum(row["conversions"] for row in rows)


def test_the_figures_are_a_described_database_and_nothing_else_is_left(
    evaluated: Evaluated,
) -> None:
    assert evaluated.report["database"] == str(evaluated.out / DATABASE_NAME)
    undescribed = query(
        evaluated.out / DATABASE_NAME,
        "select table_name, column_name from duckdb_columns() "
        "where not internal and comment is null",
    )
    assert undescribed == []
    tables = query(evaluated.out / DATABASE_NAME, "select table_name from duckdb_tables()")
    assert {name for (name,) in tables} == {*EVALUATION_MARTS, TABLE}
    of = query(evaluated.out / DATABASE_NAME, f"select inputs, basis from {TABLE}")
    assert of == [("files", "as_known")]
    # Nothing is published, and no personal data stays in what was scored.
    assert not (evaluated.out / DATABASE).exists()
    assert list((evaluated.out / ".work" / "evaluation").glob("warehouse.duckdb*")) == []
    assert evaluated.report["evaluation_deciles"][0]["decile"] == 1
    assert "Left out: 5 leads whose created_at is unknown" in evaluated.said
    assert f"Model {CHAMPION}: leads with higher scores convert more often" in evaluated.said


def test_points_that_say_nothing_show_no_lift(tmp_path: Path) -> None:
    """The same leads with somebody else's outcomes."""
    case = write_evaluation_case(tmp_path / "case")
    leads = [row["lead_id"] for row in read_csv(case / "leads.csv")]
    outcomes = read_csv(case / "outcomes.csv")
    for row in outcomes:
        row["lead_id"] = min(leads, key=lambda lead, own=row: md5(f"{lead}{own}".encode()).digest())
    write_csv(case / "outcomes.csv", [*outcomes, outcomes[0] | {"outcome": "Closed Won"}])
    ended = score_leads(
        "evaluate", *evaluation_options(case), "--from", "2026-02-01", "--to", "2026-04-01",
        "--as-of", KNOWN_UNTIL, "--out", tmp_path / "out", "--model", CHALLENGER,
    )  # fmt: skip
    assert f"Model {CHALLENGER}: no lift beyond noise" in ended.said
    assert f"Criteria of model {CHALLENGER}" in ended.said
    rejected = f"1 of {len(outcomes) + 1} rows of outcomes are rejected: invalid outcome 1"
    assert f"warning: {rejected}" in ended.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2026-02-02", "--to", "2026-02-01"), "later than --to"),
        (("--from", "2026-05-05", "--to", "2026-05-06"), "no date can be evaluated"),
        (("--from", "2026-02-01", "--to", "2026-02-02", "--horizon", "0"), "--horizon"),
        (("--from", "2026-02-01", "--to", "2026-02-02", "--model", "other"), "no model 'other'"),
    ],
)
def test_what_can_not_be_evaluated_is_refused_before_anything_is_scored(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    case = write_evaluation_case(tmp_path / "case", leads=20)
    words = (*evaluation_options(case), *options, "--as-of", KNOWN_UNTIL)
    ended = score_leads("evaluate", *words, "--out", tmp_path / "out", code=2)
    assert said in ended.said
    assert not (tmp_path / "out" / DATABASE_NAME).exists()


def test_without_outcomes_there_is_nothing_to_evaluate(tmp_path: Path) -> None:
    case = write_evaluation_case(tmp_path / "case", leads=20)
    dates = ("--from", "2026-02-01", "--to", "2026-02-02")
    ended = score_leads(
        "evaluate", "--leads", case / "leads.csv", *dates, "--out", tmp_path / "out", code=2
    )
    assert "evaluate needs outcomes" in ended.said


def test_leads_of_unknown_age_alone_leave_nothing_to_evaluate(tmp_path: Path) -> None:
    case = write_evaluation_case(tmp_path / "case", leads=20)
    leads = [row | {"created_at": ""} for row in read_csv(case / "leads.csv")]
    write_csv(case / "leads.csv", [*leads, leads[0]])
    dates = ("--from", "2026-02-01", "--to", "2026-02-08", "--as-of", KNOWN_UNTIL)
    out = tmp_path / "out"
    ended = score_leads("evaluate", *evaluation_options(case), *dates, "--out", out, code=2)
    assert "no lead is left to evaluate" in ended.said
    assert "1 of 21 rows of leads are rejected: duplicate lead id 1" in ended.said
    assert not (out / DATABASE_NAME).exists()


def test_capture_by_expectation_is_what_shuffled_ties_bring_on_average() -> None:
    rows = [
        {"conversions": won, "score": score, "conversion_probability": None}
        for won, score in (
            (1, 2),
            (1, 1),
            (0, 1),
            (0, 1),
            (0, 1),
            (1, 0),
            (0, 0),
            (0, 0),
            (0, 0),
            (0, 0),
        )
    ]
    found = figures(rows)
    assert found["capture_10"] == pytest.approx(1 / 3)
    assert found["capture_30"] == pytest.approx((1 + 2 / 4) / 3)
    assert found["auc"] == roc_auc_score(
        [row["conversions"] for row in rows], [row["score"] for row in rows]
    )


@pytest.mark.parametrize(
    ("first_date", "warned_of"),
    [
        # The horizon of 30 days behind the last date that was learnt from is over on the 31st.
        (date(2026, 3, 1), ["learnt"]),
        (date(2026, 3, 30), ["learnt"]),
        (date(2026, 3, 31), []),
    ],
)
def test_a_warning_tells_of_dates_whose_wins_a_model_has_learnt(
    first_date: date, warned_of: list[str]
) -> None:
    fitted = [
        ("learnt", "2026-03-01", "30"),
        ("learnt", "2026-02-01", "30"),
        ("by hand", None, None),
    ]
    rows = [
        SeedRow(0, {"model_id": model, "fitted_on": fitted_on, "horizon_days": horizon})
        for model, fitted_on, horizon in fitted
    ]
    rules = Configuration({"lead_scoring__conversion_model": rows})
    sentences = learnt_sentences(rules, first_date)
    assert [sentence.split()[1] for sentence in sentences] == warned_of
    assert all("evaluate from 2026-03-31 on" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("auc", "conversions", "said"),
    [
        # The interval of the AUC is 0.02 to either side, of 300 leads.
        (0.9, 10, "leads with higher scores convert more often"),
        (0.9, 9, "too few leads convert, or don't, to tell"),
        (0.9, 291, "too few leads convert, or don't, to tell"),
        (0.96, 290, "says more of a leak than of good rules"),
        (0.96, 291, "too few leads convert, or don't, to tell"),
    ],
)
def test_a_verdict_needs_ten_of_either_outcome_and_warns_of_a_leak(
    auc: float, conversions: int, said: str
) -> None:
    summary = {
        "model_id": "m",
        "slice": "overall",
        "auc": auc,
        "auc_low": auc - 0.02,
        "auc_high": auc + 0.02,
        "converted_leads": conversions,
        "other_leads": 300 - conversions,
    }
    criteria = [
        {"model_id": "m", "criterion_id": "page", "information_value": 0.2},
        {"model_id": "m", "criterion_id": "closed", "information_value": 4},
        {"model_id": "other", "criterion_id": "elsewhere", "information_value": 9},
    ]
    tables = {"evaluation_summary": [summary], "evaluation_criteria": criteria}
    sentences = verdict_sentences(
        Evaluation("files", "m", "as_known", [], [], tables, Path("evaluation.duckdb"))
    )
    assert said in sentences[-1]
    if "leak" in said:
        assert sentences[-1].endswith("once a lead is won; look at the criterion closed first")
    else:
        assert len(sentences) == 1
