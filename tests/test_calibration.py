"""The command calibrate: points and probabilities from outcomes, held against scikit-learn's."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import md5
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from calibration_case import HORIZON, KNOWN_UNTIL, ONE_DATE, write_calibration_case
from command import DATABASE, Ended, query, read_csv, score_leads, write_csv
from evaluation_case import evaluation_options
from lead_scoring.calibration_card import leak_sentences, suggestion_table, verdict_sentence
from lead_scoring.calibration_data import Observations, Part, part_of, split_observations
from lead_scoring.errors import UsageError
from lead_scoring.evaluation import DATABASE_NAME, read_evaluation
from lead_scoring.point_fit import Suggestion
from lead_scoring.regression import Estimate

EXACT = 1e-6
ONE_DAY = ("--from", ONE_DATE, "--to", ONE_DATE, "--as-of", KNOWN_UNTIL)
TRAIN_TO = date(2026, 6, 15)
CHALLENGER = "known_2"
# What the rules have where a challenger comes: all that a model can have, a policy that is shared,
# and a log.
MORE_RULES = {
    "criteria": "other,views,who,event,page_view,,,1,slow\n",
    "exclusions": (
        "model_id,exclusion_id,attribute,operator,value,reason\n"
        "known,prize,lead_source,equals,prize,no buyer\n"
    ),
    "actions": "model_id,stage,action,owner_team,sla_hours\nknown,mql,Call,sales,4\n",
    "promotions": (
        "promoted_at,previous_champion,champion,verdict,is_override,inputs,first_date,last_date,"
        "horizon_days,evaluated_at,configuration_fingerprint\n"
        "2026-01-05 09:00:00,other,known,better,false,files,2025-11-03,2025-12-01,30,"
        "2026-01-05 08:00:00,0a\n"
    ),
}


@dataclass(frozen=True)
class Calibrated:
    """A calibration on one date, and a run with what it proposes."""

    case: Path
    proposal: Path
    ended: Ended
    published: Path

    @property
    def report(self) -> dict[str, Any]:
        """Return what the calibration found."""
        return self.ended.report

    def points(self, proposal: Path | None = None) -> dict[str, int]:
        """Return the points of the calibrated model."""
        rows = read_csv((proposal or self.proposal) / "lead_scoring__criteria.csv")
        return {
            row["criterion_id"]: int(row["points"]) for row in rows if row["model_id"] == "known"
        }


def calibrate(case: Path, *words: object, code: int = 0) -> Ended:
    return score_leads("calibrate", *evaluation_options(case), *words, "--json", code=code)


def spoil_an_outcome(case: Path) -> None:
    """Add an outcome that is rejected."""
    outcomes = read_csv(case / "outcomes.csv")
    write_csv(case / "outcomes.csv", [*outcomes, outcomes[0] | {"outcome": "Closed Won"}])


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Calibrated:
    folder = tmp_path_factory.mktemp("calibration")
    case, proposal = write_calibration_case(folder / "case"), folder / "proposal"
    spoil_an_outcome(case)
    ended = calibrate(case, *ONE_DAY, "--out", proposal)
    inputs = evaluation_options(case)[2:]
    score_leads(
        "run", "--config", proposal, *inputs, "--as-of", ONE_DATE, "--out", folder / "out",
        "--format", "csv",
    )  # fmt: skip
    return Calibrated(case, proposal, ended, folder / "out" / DATABASE)


def labelled(calibrated: Calibrated) -> tuple[list[str], Any, Any, Any]:
    """Return leads, what they earn by the proposal, who converts, and who is learnt from."""
    leads = sorted(row["lead_id"] for row in read_csv(calibrated.case / "leads.csv"))
    ends = f"{ONE_DATE + timedelta(days=HORIZON)}"
    rows = read_csv(calibrated.case / "outcomes.csv")
    won = {row["lead_id"] for row in rows if row["occurred_at"] <= ends}
    terms = [term for term in calibrated.report["conversion_model"] if term != "intercept"]
    earned = np.zeros((len(leads), len(terms)))
    for lead, criterion, points in query(
        calibrated.published,
        "select lead_id, criterion_id, points from lead_scoring__contributions "
        "where model_id = 'known'",
    ):
        if criterion in terms:
            earned[leads.index(lead), terms.index(criterion)] = points
    train = [int(md5(lead.encode()).hexdigest()[:8], 16) % 100 < 70 for lead in leads]
    return leads, earned, np.array([lead in won for lead in leads]), np.array(train)


def published(database: Path, column: str, model: str = "known") -> list[float]:
    """Return a figure of every lead of a run, in the order of their ids."""
    return [
        float(value)
        for (value,) in query(
            database,
            f"select {column} from lead_scoring__ranked_leads where model_id = '{model}' "
            "order by lead_id",
        )
    ]


@pytest.fixture(scope="module")
def unchanged(calibrated: Calibrated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a run with the rules as they were."""
    out = tmp_path_factory.mktemp("unchanged")
    score_leads(
        "run", *evaluation_options(calibrated.case), "--as-of", ONE_DATE, "--format", "csv",
        "--out", out,
    )  # fmt: skip
    return out / DATABASE


@pytest.fixture(scope="module")
def challenged(calibrated: Calibrated, tmp_path_factory: pytest.TempPathFactory) -> Calibrated:
    """The same calibration as a challenger, and a run with both."""
    folder = tmp_path_factory.mktemp("challenger")
    config, proposal, inputs = folder / "config", folder / "proposal", inputs_of(calibrated)
    shutil.copytree(calibrated.case / "config", config)
    for name, rows in MORE_RULES.items():
        with (config / f"lead_scoring__{name}.csv").open("a", encoding="utf-8") as file:
            file.write(rows)
    ended = score_leads(
        "calibrate", "--config", config, *inputs, *ONE_DAY, "--out", proposal,
        "--challenger", CHALLENGER, "--json",
    )  # fmt: skip
    score_leads(
        "run", "--config", proposal, *inputs, "--as-of", ONE_DATE, "--out", folder / "out",
        "--format", "csv",
    )  # fmt: skip
    return Calibrated(folder, proposal, ended, folder / "out" / DATABASE)


def inputs_of(calibrated: Calibrated) -> list[object]:
    return evaluation_options(calibrated.case)[2:]


def rules(folder: Path, seed: str, model: str | None = None) -> list[dict[str, str]]:
    """Return rows of a seed, those of a model without its id."""
    rows = read_csv(folder / f"lead_scoring__{seed}.csv")
    if model is None:
        return rows
    return [
        {name: cell for name, cell in row.items() if name != "model_id"}
        for row in rows
        if row["model_id"] == model
    ]


def test_points_follow_a_known_signal(calibrated: Calibrated) -> None:
    points = calibrated.points()
    assert points["strong"] > 20
    assert abs(points["dead"]) <= 5
    assert points["against"] < -10
    assert points["rare"] == 50
    assert calibrated.report["points_kept"] == ["rare"]
    (strong,) = (each for each in calibrated.report["points"] if each["criterion_id"] == "strong")
    assert strong["low"] < strong["after"] < strong["high"]
    difference = calibrated.report["auc_difference"]
    assert 0 < difference["low"] < difference["figure"] < difference["high"]


def test_probabilities_of_a_run_are_those_of_scikit_learn(calibrated: Calibrated) -> None:
    _, earned, won, train = labelled(calibrated)
    penalty = calibrated.report["probability_penalty"]
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=penalty, tol=1e-10, max_iter=100_000)
    )
    model.fit(earned[train], won[train])
    wanted = model.predict_proba(earned)[:, 1]
    found = np.array(published(calibrated.published, "conversion_probability"))
    assert np.abs(found - wanted).max() < EXACT
    assert wanted.max() - wanted.min() > 0.3


def test_figures_are_scikit_learns_on_what_was_not_learnt_from(calibrated: Calibrated) -> None:
    leads, _, won, train = labelled(calibrated)
    scores, chances = (
        np.array(published(calibrated.published, column))[~train]
        for column in ("score", "conversion_probability")
    )
    won = won[~train]
    wanted = {
        "score_after": {
            "auc": roc_auc_score(won, scores),
            "average_precision": average_precision_score(won, scores),
        },
        "probability_after": {
            "auc": roc_auc_score(won, chances),
            "average_precision": average_precision_score(won, chances),
            "brier_score": brier_score_loss(won, chances),
            "log_loss": log_loss(won, chances),
        },
    }
    found = calibrated.report["figures"]
    assert set(found) == {"score_before", "score_after", "probability_before", "probability_after"}
    card = (calibrated.proposal / "model_card.md").read_text(encoding="utf-8")
    for kind, figures in wanted.items():
        assert set(found[kind]) == set(figures)
        for name, figure in figures.items():
            estimate = found[kind][name]
            assert abs(estimate["figure"] - figure) < EXACT
            assert estimate["low"] < figure < estimate["high"]
            assert f"{figure:.4f} ({estimate['low']:.4f} to {estimate['high']:.4f}) |" in card
    part = calibrated.report["test"]
    assert (part["leads"], part["conversions"]) == (len(leads) - train.sum(), won.sum())
    assert f"Tested on {part['leads']:,} leads on {ONE_DATE}" in card
    assert "hash of the lead's id" in card


def test_the_proposal_stands_alone_and_keeps_the_rest(calibrated: Calibrated) -> None:
    names = {path.name for path in calibrated.proposal.iterdir()}
    assert names == {
        "model_card.md",
        *(
            f"lead_scoring__{seed}.csv"
            for seed in (
                "models", "groups", "criteria", "decay_policies", "bands", "stages",
                "exclusions", "actions", "conversion_model",
            )
        ),
    }  # fmt: skip
    inputs = evaluation_options(calibrated.case)[2:]
    score_leads("check", "--config", calibrated.proposal, *inputs)
    before, after = (
        {
            (row["model_id"], row["criterion_id"]): row
            for row in read_csv(folder / "lead_scoring__criteria.csv")
        }
        for folder in (calibrated.case / "config", calibrated.proposal)
    )
    assert after["other", "strong"]["points"] == "7"
    kept = ("group_id", "subject", "operator", "value", "decay_policy")
    assert {key: [row[name] for name in kept] for key, row in before.items()} == {
        key: [row[name] for name in kept] for key, row in after.items()
    }
    rows = read_csv(calibrated.proposal / "lead_scoring__conversion_model.csv")
    assert [row["coefficient"] for row in rows if row["model_id"] == "other"] == ["-1"]
    own = [row for row in rows if row["model_id"] == "known"]
    assert {(row["fitted_on"], row["horizon_days"]) for row in own} == {(f"{ONE_DATE}", "30")}
    assert "score" not in {row["term"] for row in own}


def test_scores_keep_their_range_and_no_lead_is_cut_off(
    calibrated: Calibrated, unchanged: Path
) -> None:
    leads, _, _, train = labelled(calibrated)
    (model,) = (
        row
        for row in read_csv(calibrated.proposal / "lead_scoring__models.csv")
        if row["model_id"] == "known"
    )
    after = np.array(published(calibrated.published, "score"))
    assert int(model["min_score"]) == np.floor(after[train].min()) < 0
    before = np.array(published(unchanged, "score"))
    # The points of the rare criterion, which nobody can tell, stand apart.
    common = train & np.array([lead >= "L0005" for lead in leads])
    assert np.ptp(after[common]) == pytest.approx(np.ptp(before[train]), abs=5)


def test_as_many_of_those_learnt_from_reach_the_thresholds(
    calibrated: Calibrated, unchanged: Path
) -> None:
    _, _, _, train = labelled(calibrated)
    told = {(each["place"], each["column"]): each for each in calibrated.report["thresholds"]}
    measures = {
        ("stage mql", "min_score"): "score",
        ("stage mql", "exit_score"): "score",
        ("stage mql", "min_fit"): "fit_points",
        ("stage mql", "min_engagement"): "engagement_points",
        ("fit band A", "min_points"): "fit_points",
        ("engagement band 1", "min_points"): "engagement_points",
    }
    assert set(told) == set(measures)
    for (place, column), measure in measures.items():
        seed, key = ("stages", "stage") if place.startswith("stage") else ("bands", "band")
        was, now = (
            next(
                int(row[column])
                for row in rules(folder, seed, "known")
                if place.endswith(f" {row[key]}") and row.get("dimension", "stage") in place
            )
            for folder in (calibrated.case / "config", calibrated.proposal)
        )
        before, after = (
            np.array(published(database, measure))[train]
            for database in (unchanged, calibrated.published)
        )
        share_before, share_after = (before >= was).mean(), (after >= now).mean()
        # As near as whole numbers come.
        misfits = [abs((after >= now + step).mean() - share_before) for step in range(-20, 21)]
        assert abs(share_after - share_before) == min(misfits) < 0.1, (place, column)
        shares = told[place, column]["share_before"], told[place, column]["share_after"]
        assert shares == pytest.approx((share_before, share_after))
        assert 0.05 < share_before < 0.95
    assert told["stage mql", "min_score"]["after"] != "20"
    card = (calibrated.proposal / "model_card.md").read_text(encoding="utf-8")
    assert "| stage mql | min_score | 20 |" in card
    assert rules(calibrated.proposal, "stages", "other")[1]["min_score"] == "5"


def test_diff_shows_what_the_proposal_would_change(calibrated: Calibrated, tmp_path: Path) -> None:
    inputs = evaluation_options(calibrated.case)[2:]
    compared = score_leads(
        "diff", "--config", calibrated.proposal, "--against", calibrated.case / "config", *inputs,
        "--as-of", ONE_DATE, "--out", tmp_path, "--json",
    ).report  # fmt: skip
    assert compared["leads"] == 900


def test_a_challenger_has_the_suggested_rules_beside_the_present_ones(
    calibrated: Calibrated, challenged: Calibrated
) -> None:
    config, proposal = challenged.case / "config", challenged.proposal
    score_leads("check", "--config", proposal, *inputs_of(calibrated))
    for path in sorted(config.iterdir()):
        before, after = read_csv(path), read_csv(proposal / path.name)
        assert before == [
            {name: row[name] for name in read} for read, row in zip(before, after, strict=False)
        ], path.name
    # What the same calibration proposes in place of the present points.
    for seed in ("groups", "bands", "stages", "conversion_model"):
        assert rules(proposal, seed, CHALLENGER) == rules(calibrated.proposal, seed, "known"), seed
    for seed in ("exclusions", "actions"):
        assert rules(proposal, seed, CHALLENGER) == rules(proposal, seed, "known") != []
    assert rules(proposal, "criteria", CHALLENGER) == [
        {**row, "decay_policy": row["decay_policy"] and f"slow_{CHALLENGER}"}
        for row in rules(calibrated.proposal, "criteria", "known")
    ]
    assert rules(proposal, "models", CHALLENGER) == [
        {
            **row,
            "is_champion": "false",
            "description": f"Calibrated from known on {ONE_DATE}, wins within {HORIZON} days",
        }
        for row in rules(calibrated.proposal, "models", "known")
    ]
    # The age of a view tells nothing of who converts: the longest half-life is the best.
    (replaced,) = rules(calibrated.proposal, "decay_policies")
    assert replaced["half_life_days"] == "20"
    assert rules(proposal, "decay_policies")[1:] == [
        {
            **replaced,
            "decay_policy": f"slow_{CHALLENGER}",
            "description": f"slow with a half-life of 20 days, for {CHALLENGER}",
        }
    ]


def test_a_challenger_changes_no_score_of_the_present_model(
    calibrated: Calibrated, challenged: Calibrated, unchanged: Path
) -> None:
    for column in ("score", "conversion_probability"):
        present = published(challenged.published, column)
        proposed = published(challenged.published, column, CHALLENGER)
        assert present == published(unchanged, column), column
        assert proposed == published(calibrated.published, column), column
        assert present != proposed, column


def test_a_challenger_is_named_compared_and_promoted(
    calibrated: Calibrated, challenged: Calibrated, tmp_path: Path
) -> None:
    proposal = challenged.proposal
    report = challenged.report
    assert (report["model"], report["challenger"]) == ("known", CHALLENGER)
    for step in (f"evaluate --config {proposal} --horizon 30", f"promote {CHALLENGER} --config"):
        assert step in challenged.ended.said
    card = (proposal / "model_card.md").read_text(encoding="utf-8")
    assert card.startswith(f"# Model card: {CHALLENGER}, calibrated from known\n")
    assert f"Model {CHALLENGER} ranks better than model known (AUC " in card
    assert f"|  | known | {CHALLENGER} |" in card
    rules_promoted = tmp_path / "rules"
    shutil.copytree(proposal, rules_promoted)
    compared = score_leads(
        "evaluate", "--config", rules_promoted, *inputs_of(calibrated), *ONE_DAY, "--out", tmp_path
    )
    assert f"Model {CHALLENGER} against the champion known: better" in compared.said
    last_win = ONE_DATE + timedelta(days=30)
    assert (
        f"Warning: model {CHALLENGER} has learnt from wins up to {last_win}, and" in compared.said
    )
    assert "model known has learnt" not in compared.said
    promoted = score_leads("promote", CHALLENGER, "--config", rules_promoted, "--out", tmp_path)
    assert f"warning: model {CHALLENGER} has learnt from wins up to {last_win}" in promoted.said
    assert [row["champion"] for row in rules(rules_promoted, "promotions")] == ["known", CHALLENGER]
    champions = {row["model_id"]: row["is_champion"] for row in rules(rules_promoted, "models")}
    assert champions == {"known": "false", "other": "false", CHALLENGER: "true"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("other", r"there is a model 'other' already; .* needs a new id, and .* has known, other"),
        ("", "'' is no model id"),
        ("ne\tw", r"'ne\\tw' is no model id"),
    ],
)
def test_a_challenger_needs_an_id_of_its_own(tmp_path: Path, name: str, said: str) -> None:
    case = write_calibration_case(tmp_path / "case", leads=20)
    ended = calibrate(
        case, *ONE_DAY, "--out", tmp_path / "proposal", "--challenger", name, code=2
    )  # fmt: skip
    assert re.search(said, ended.report["message"])


def test_signs_and_changes_can_be_held(calibrated: Calibrated, tmp_path: Path) -> None:
    held = tmp_path / "held"
    report = calibrate(
        calibrated.case, *ONE_DAY, "--out", held, "--sign", "keep", "--max-change", 12
    ).report
    before = calibrated.points(calibrated.case / "config")
    after = calibrated.points(held)
    assert after["strong"] == 14
    assert after["against"] == 0
    assert after["dead"] == 18
    assert all(abs(after[name] - points) <= 12 for name, points in before.items())
    assert {each["criterion_id"] for each in report["points"]} == set(before) - {"rare"}


def test_dates_are_parted_by_time_and_those_that_overlap_are_left_out(
    calibrated: Calibrated, tmp_path: Path
) -> None:
    proposal, out = tmp_path / "proposal", tmp_path / "out"
    report = calibrate(
        calibrated.case, "--from", ONE_DATE, "--to", "2026-07-19", "--as-of", KNOWN_UNTIL,
        "--train-to", TRAIN_TO, "--out", proposal,
    ).report  # fmt: skip
    train, test = report["train"]["dates"], report["test"]["dates"]
    assert train[0] == f"{ONE_DATE}"
    assert test[0] == "2026-06-21"
    assert date.fromisoformat(train[-1]) + timedelta(days=HORIZON) <= date.fromisoformat(test[0])
    left_out = report["dates_left_out"]
    assert left_out == ["2026-05-24", "2026-05-31", "2026-06-07", "2026-06-14"]
    assert len(train) + len(left_out) + len(test) == 21
    assert not report["is_split_by_lead"]
    assert not report["is_validated_by_lead"]
    assert set(report["half_lives"]) == {"slow"}
    card = (proposal / "model_card.md").read_text(encoding="utf-8")
    assert "Left out: 4 dates from 2026-05-24 to 2026-06-14" in card
    assert "rows of outcomes are rejected: invalid outcome 1" in card
    assert "rejected" in report["warnings"][0]["message"]
    # The warehouse tells the same of the proposal on the same dates.
    inputs = evaluation_options(calibrated.case)[2:]
    score_leads(
        "evaluate", "--config", proposal, *inputs, "--from", test[0], "--to", test[-1],
        "--as-of", KNOWN_UNTIL, "--out", out,
    )  # fmt: skip
    (summary,) = (
        row
        for row in read_evaluation(out / DATABASE_NAME)["evaluation_summary"]
        if (row["model_id"], row["slice"]) == ("known", "overall")
    )
    figures = report["figures"]
    assert abs(float(summary["auc"]) - figures["score_after"]["auc"]["figure"]) < EXACT
    for ours, theirs in (
        ("probability_auc", "auc"), ("brier_score", "brier_score"), ("log_loss", "log_loss"),
    ):  # fmt: skip
        estimate = figures["probability_after"][theirs]
        assert abs(float(summary[ours]) - estimate["figure"]) < EXACT, ours
        assert abs(float(summary[f"{ours}_low"]) - estimate["low"]) < EXACT, ours


def test_too_little_is_refused(tmp_path: Path) -> None:
    case = write_calibration_case(tmp_path / "case", leads=150)
    spoil_an_outcome(case)
    report = calibrate(case, *ONE_DAY, "--out", tmp_path / "proposal", code=2).report
    refused = report["message"]
    said, rejected = (each["message"] for each in report["errors"])
    assert said == refused
    assert rejected.endswith("rows of outcomes are rejected: invalid outcome 1")
    assert re.fullmatch(
        r"there is too little to learn from: \d+ leads to train on, of which \d+ convert and "
        r"\d+ don't; calibrate needs at least 200 leads, 40 that convert and 40 that don't",
        refused,
    )
    assert [path.name for path in (tmp_path / "proposal").iterdir()] == [".work"]
    assert not list((tmp_path / "proposal").rglob("*.duckdb*"))


def test_what_is_learnt_from_may_not_reach_into_the_test() -> None:
    days = [date(2026, 3, 1), date(2026, 3, 8), date(2026, 4, 12)]
    # 300 leads a day, of whom every fourth converts.
    dates = np.repeat(np.array(days, dtype=object), 300)
    won = np.arange(len(dates), dtype=np.int64) % 4 == 0
    nothing = np.zeros(len(dates))
    leads = np.array([f"L{number}" for number in range(len(dates))], dtype=object)
    told = Observations(
        leads=leads,
        dates=dates,
        groups=leads,
        won=won.astype(np.int64),
        excluded=nothing > 0,
        measures={"score": nothing},
        probabilities=nothing,
        earned=np.zeros((len(dates), 1)),
    )
    with pytest.raises(UsageError) as refused:
        split_observations(told, days[1], horizon_days=50)
    assert str(refused.value).endswith(
        "2 dates up to 2026-03-08 can't be learnt from, as the horizon reaches beyond the first "
        "test date"
    )
    split = split_observations(told, days[1], horizon_days=42)
    assert (set(dates[split.train]), split.left_out) == ({days[0]}, [days[1]])


def test_a_folder_with_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    case = write_calibration_case(tmp_path / "case", leads=20)
    before = {path: path.read_bytes() for path in (case / "config").iterdir()}
    refused = calibrate(case, *ONE_DAY, "--out", case / "config", code=2).report["message"]
    assert "is not empty; name a new or an empty one with --out" in refused
    assert {path: path.read_bytes() for path in (case / "config").iterdir()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--train-to", ONE_DATE), "there is one only"),
        (("--to", "2026-04-01"), "Name the last with --train-to"),
        (("--as-of", ONE_DATE), "--as-of names another day"),
        (
            ("--to", "2026-05-03", "--train-to", "2026-05-03"),
            "no date is left for the test: it needs one after --train-to, 2026-05-03, and the last "
            "one whose horizon of 30 days is over on 2026-08-31, up to which outcomes are known, "
            "is 2026-05-03",
        ),
        # Of the 3rd and the 10th of May nothing is known yet.
        (
            ("--to", "2026-05-10", "--train-to", "2026-04-26", "--as-of", "2026-05-30"),
            "is over on 2026-05-30, up to which outcomes are known, is 2026-04-26",
        ),
        (
            ("--to", "2026-03-29", "--train-to", "2026-03-22"),
            "no date is left to learn from: it needs one up to --train-to, 2026-03-22, whose "
            "horizon of 30 days is over on the first date of the test that has leads, 2026-03-29 "
            "at the latest, and the first date is 2026-03-01",
        ),
        (("--to", "2026-05-03", "--train-to", "2026-02-22"), "no date is left to learn from"),
    ],
)
def test_dates_that_cannot_be_parted_are_refused(
    tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    case = write_calibration_case(tmp_path / "case", leads=20)
    ended = calibrate(case, *ONE_DAY, *words, "--out", tmp_path / "proposal", code=2)
    assert said in ended.report["message"]


@pytest.mark.parametrize(
    ("after", "conversions", "said"),
    [
        (0.97, 40, "Mind the score after: an AUC of 0.970 says more of a leak than of good rules"),
        (0.9, 10, "The proposal ranks better than the present points"),
        (0.9, 9, "Too few leads convert, or don't, to tell what it is worth"),
        (0.97, 9, "Too few leads convert, or don't, to tell what it is worth"),
    ],
)
def test_a_verdict_needs_ten_of_either_outcome_and_warns_of_a_leak(
    after: float, conversions: int, said: str
) -> None:
    figures = {
        "score_before": {"auc": Estimate(0.7, 0.69, 0.71)},
        "score_after": {"auc": Estimate(after, after - 0.01, after + 0.01)},
    }
    calibration: Any = SimpleNamespace(
        request=SimpleNamespace(challenger=None),
        test=Part([ONE_DATE], 300, 300, conversions, conversions, 300 - conversions),
        figures=figures,
        auc_difference=Estimate(after - 0.7, 0.1, 0.3),
    )
    sentences = [verdict_sentence(calibration), *leak_sentences(calibration)]
    assert sentences[-1].startswith(said)
    assert len(sentences) == (2 if "leak" in said else 1)


@pytest.mark.parametrize(
    ("challenger", "after", "told"),
    [
        (None, 0.9, ["Mind the score before"]),
        (None, 0.98, ["Mind the score before", "Mind the score after"]),
        ("new", 0.98, ["Mind old", "Mind new"]),
    ],
)
def test_each_score_that_may_leak_is_warned_of(
    challenger: str | None, after: float, told: list[str]
) -> None:
    calibration: Any = SimpleNamespace(
        request=SimpleNamespace(challenger=challenger),
        model="old",
        test=Part([ONE_DATE], 300, 300, 40, 40, 260),
        figures={
            "score_before": {"auc": Estimate(0.96, 0.95, 0.97)},
            "score_after": {"auc": Estimate(after, after - 0.01, after + 0.01)},
        },
    )
    assert [sentence.split(":")[0] for sentence in leak_sentences(calibration)] == told


def test_a_lead_counts_once_however_often_it_converts() -> None:
    observations: Any = SimpleNamespace(
        dates=np.array([date(2026, 1, day) for day in (5, 12, 19, 19)]),
        leads=np.array(["a", "a", "a", "b"]),
        won=np.array([0, 1, 1, 0]),
    )
    part = part_of(observations, np.array([True] * 4))
    assert (part.conversions, part.converted_leads, part.other_leads) == (2, 1, 2)


def test_an_interval_around_nothing_has_no_negative_zero() -> None:
    suggestion = Suggestion("dead", 0.5, Decimal(3), 0, -0.04, 0.04)
    calibration: Any = SimpleNamespace(
        request=SimpleNamespace(challenger=None),
        model="m",
        points=SimpleNamespace(suggestions=[suggestion]),
    )
    console = Console(width=80)
    with console.capture() as shown:
        console.print(suggestion_table(calibration))
    assert shown.get().split()[-3:] == ["0.0", "to", "0.0"]


def test_without_scikit_learn_it_says_how_to_install_it(tmp_path: Path) -> None:
    case = write_calibration_case(tmp_path / "case", leads=20)
    (tmp_path / "sklearn.py").write_text("raise ImportError")
    ended = score_leads(
        "calibrate", *evaluation_options(case), *ONE_DAY, "--out", tmp_path / "proposal",
        "--json", code=2, changes={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert "make setup-calibrate" in ended.report["message"]
