"""Points and probabilities from what came of past leads, written as a proposal.

The models of an evaluation measure what each criterion counted on past dates, and score them again
with the points that are suggested; scikit-learn fits in between.
"""

from __future__ import annotations

import importlib
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from lead_scoring.configuration import RULES, SEEDS, write_canonical
from lead_scoring.configuration_values import shown
from lead_scoring.contract import trimmed
from lead_scoring.errors import Problem, UsageError
from lead_scoring.figures import counted
from lead_scoring.output_folder import OutputFolder
from lead_scoring.past_scoring import Past, PastRequest, land_past
from lead_scoring.project import duckdb_settings
from lead_scoring.proposal import (
    criteria_of,
    measuring,
    only,
    searched_policies,
    thresholds_of,
    with_challenger,
    with_conversion_model,
    with_half_lives,
    with_points,
    with_thresholds,
)
from lead_scoring.rejections import adding_to_refusal
from lead_scoring.scratch import scratch_folder
from lead_scoring.storage_errors import storage_errors
from lead_scoring.work_database import WORK_SCHEMA, open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from lead_scoring.calibration_data import Observations, Part
    from lead_scoring.configuration import Configuration
    from lead_scoring.point_fit import PointFit
    from lead_scoring.regression import Estimate, Fifth
    from lead_scoring.thresholds import MovedThreshold

CARD = "model_card.md"
SIGNS = ("free", "keep")


@dataclass(frozen=True)
class CalibrationRequest:
    """What a user asked for: a past, and the folder for the proposal.

    `challenger` is the id of the model that is to have the suggested points, beside the present
    one; with None they take the place of the present points. `train_to` is the last date to learn
    from, None where there is one date only. `sign` and `max_change` hold the points.
    """

    proposal: Path
    past: PastRequest
    challenger: str | None
    train_to: date | None
    sign: str
    max_change: int | None


@dataclass(frozen=True)
class Calibration:
    """What was found, and where it was written.

    `figures` are those of the tested leads, by what they are of: `score_before`, `score_after`,
    `probability_before` where the model had one, `probability_after`; `rejected` are warnings of
    input rows that were not used.
    """

    request: CalibrationRequest
    inputs_kind: str
    model: str
    known_until: date
    warnings: list[Problem]
    rejected: list[Problem]
    notes: list[str]
    train: Part
    test: Part
    dates_left_out: list[date]
    is_split_by_lead: bool
    is_validated_by_lead: bool
    points: PointFit
    thresholds: list[MovedThreshold]
    terms: dict[str, Decimal]
    probability_penalty: float
    figures: dict[str, dict[str, Estimate]]
    auc_difference: Estimate
    fifths: list[Fifth]


def calibrate(
    request: CalibrationRequest,
    on_part: Callable[[str], None],
    on_node: Callable[[int, int, str], None],
) -> Calibration:
    """Learn points and probabilities from past dates and write them as a proposal.

    `on_part` is told the name of each part as it begins, `on_node` how far a build is.

    Raises:
        UsageError: a configuration, the inputs, the model or the dates are wrong, the folder of the
            proposal holds something, there is too little data, or scikit-learn is not there.
        BuildFailedError: a model or data test failed.
        DatabaseBusyError, StorageError: as they say.
    """
    _refuse_without_scikit_learn()
    _refuse_folder_in_use(request.proposal)
    _refuse_unreadable(request.challenger)
    known_until = request.past.outcomes_known_until("calibrate")
    _refuse_wrong_split(request, known_until)
    folder = OutputFolder(request.proposal)
    with scratch_folder(folder, "calibration", request.past.wait_seconds) as scratch:
        on_part("check and load inputs")
        past = land_past(request.past, scratch, known_until)
        _refuse_taken(request.challenger, past)
        calibration = _calibrate(request, past, on_part, on_node)
    with storage_errors(request.proposal):
        shutil.rmtree(folder.work)
    return calibration


def _calibrate(
    request: CalibrationRequest,
    past: Past,
    on_part: Callable[[str], None],
    on_node: Callable[[int, int, str], None],
) -> Calibration:
    # What needs scikit-learn and numpy, which ordinary scoring does without.
    from lead_scoring.calibration_card import card
    from lead_scoring.calibration_data import (
        folds,
        part_of,
        read_observations,
        split_observations,
    )
    from lead_scoring.point_fit import Limits, fit_points, fit_probability
    from lead_scoring.regression import (
        auc_difference,
        fifths,
        probability_figures,
        ranking_figures,
    )
    from lead_scoring.thresholds import move_thresholds

    configuration, model = past.configuration, past.model
    challenger = request.challenger
    suggested = challenger or model
    # A challenger may change the half-life of a policy that other models share: it gets its own.
    fitted = configuration if challenger is None else only(configuration, model)
    database, horizon_days = past.scratch.work_database, request.past.horizon_days
    criteria = criteria_of(fitted, model)
    criterion_ids = [each.criterion_id for each in criteria]
    searched = searched_policies(fitted, model)
    notes: list[str] = []

    def scored(
        rules: Configuration, scored_by: str, earned_by: str, earners: Sequence[str]
    ) -> Observations:
        with open_database(database, duckdb_settings(), 0) as connection:
            connection.execute(f"drop schema if exists {WORK_SCHEMA} cascade")
        notes.extend(past.gather(rules, on_node))
        return read_observations(database, scored_by, earned_by, earners)

    on_part("measure past dates")
    measured = measuring(fitted, model)
    before = scored(measured.configuration, model, measured.model_id, measured.criterion_ids)
    # What is scored next is built without the summary that tells.
    rejected = past.rejected()
    on_part("fit points")
    with adding_to_refusal(rejected):
        split = split_observations(before, request.train_to, horizon_days)
    validation, is_validated_by_lead = folds(before, split, horizon_days)
    points = fit_points(
        before,
        measured.columns,
        criteria,
        searched,
        split.train,
        validation,
        Limits(request.sign == "keep", request.max_change),
    )
    train = part_of(before, split.train)
    half_lives = points.changed_half_lives
    if challenger is None:
        proposed = with_half_lives(configuration, half_lives)
    else:
        within = counted(horizon_days, "day")
        origin = f"Calibrated from {model} on {train.period}, wins within {within}"
        proposed = with_challenger(configuration, model, challenger, origin, half_lives)
    proposed = with_points(
        proposed,
        suggested,
        {each.criterion_id: each.after for each in points.suggestions},
        points.lowest_sum,
    )
    on_part("score past dates with them")
    after = scored(only(proposed, suggested), suggested, suggested, criterion_ids)
    thresholds = move_thresholds(thresholds_of(proposed, suggested), before, after, split.train)
    proposed = with_thresholds(
        proposed, suggested, {(each.measure, each.before): each.after for each in thresholds}
    )
    on_part("fit probabilities")
    terms, chances, penalty = fit_probability(after, criterion_ids, split.train, validation)
    proposed = with_conversion_model(
        proposed, suggested, terms, max(before.dates[split.train]), horizon_days
    )
    won, groups = before.won[split.test], before.groups[split.test]
    figures = {
        "score_before": ranking_figures(won, before.scores[split.test], groups),
        "score_after": ranking_figures(won, after.scores[split.test], groups),
        "probability_after": probability_figures(won, chances[split.test], groups),
    }
    if before.has_probabilities:
        figures["probability_before"] = probability_figures(
            won, before.probabilities[split.test], groups
        )
    calibration = Calibration(
        request=request,
        inputs_kind=request.past.inputs_kind,
        model=model,
        known_until=past.known_until,
        warnings=past.warnings,
        rejected=rejected,
        notes=list(dict.fromkeys(notes)),
        train=train,
        test=part_of(before, split.test),
        dates_left_out=split.left_out,
        is_split_by_lead=split.is_by_lead,
        is_validated_by_lead=is_validated_by_lead,
        points=points,
        thresholds=thresholds,
        terms=terms,
        probability_penalty=penalty,
        figures=figures,
        auc_difference=auc_difference(
            won, before.scores[split.test], after.scores[split.test], groups
        ),
        fifths=fifths(won, chances[split.test]),
    )
    on_part("write the proposal")
    with storage_errors(request.proposal):
        # The log is of what was promoted, which a proposal was not; where the champion stays beside
        # a challenger, the log goes on.
        write_canonical(proposed, request.proposal, RULES if challenger is None else SEEDS)
        (request.proposal / CARD).write_text(card(calibration), encoding="utf-8")
    return calibration


def _refuse_without_scikit_learn() -> None:
    try:
        importlib.import_module("sklearn")
    except ImportError as error:
        raise UsageError(
            "calibrate needs scikit-learn, which ordinary scoring does without: "
            "make setup-calibrate installs it"
        ) from error


def _refuse_folder_in_use(proposal: Path) -> None:
    if proposal.exists() and not proposal.is_dir():
        raise UsageError(f"{proposal} is a file; name a new or an empty folder with --out")
    # What a killed calibration has left there is no file of the user's.
    if proposal.is_dir() and any(path.name != ".work" for path in proposal.iterdir()):
        raise UsageError(
            f"the folder {proposal} is not empty; name a new or an empty one with --out"
        )


def _refuse_unreadable(challenger: str | None) -> None:
    # What would not be read from a seed as it was written.
    if challenger is not None and not (
        challenger.isprintable() and challenger == trimmed(challenger)
    ):
        raise UsageError(
            f"{shown(challenger)} is no model id: --challenger needs a text without control "
            "characters, and without blanks at its ends"
        )


def _refuse_taken(challenger: str | None, past: Past) -> None:
    if challenger in past.configuration.model_ids:
        raise UsageError(
            f"there is a model '{challenger}' already; --challenger needs a new id, and "
            f"{past.request.configuration} has {', '.join(past.configuration.model_ids)}"
        )


def _refuse_wrong_split(request: CalibrationRequest, known_until: date) -> None:
    dates = request.past.dates.dates()
    if len(dates) == 1 and request.train_to is not None:
        raise UsageError(
            "--train-to parts dates, and there is one only: without it leads are parted by a hash "
            "of their id"
        )
    if len(dates) > 1 and request.train_to is None:
        raise UsageError(
            f"of {len(dates):,} dates, which may be learnt from? Name the last with --train-to; "
            "later ones are the test"
        )
    if request.train_to is not None:
        _refuse_empty_part(dates, request.train_to, request.past.horizon_days, known_until)


def _refuse_empty_part(
    dates: Sequence[date], train_to: date, horizon_days: int, known_until: date
) -> None:
    horizon = timedelta(days=horizon_days)
    evaluated = [day for day in dates if day + horizon <= known_until]
    tested = [day for day in evaluated if day > train_to]
    if not tested:
        raise UsageError(
            f"no date is left for the test: it needs one after --train-to, {train_to}, and the "
            f"last one whose horizon of {counted(horizon_days, 'day')} is over on {known_until}, "
            f"up to which outcomes are known, is {evaluated[-1]}"
        )
    # Which date of the test is the first that has leads, only their scores tell.
    if dates[0] > min(train_to, tested[-1] - horizon):
        raise UsageError(
            f"no date is left to learn from: it needs one up to --train-to, {train_to}, whose "
            f"horizon of {counted(horizon_days, 'day')} is over on the first date of the test that "
            f"has leads, {tested[-1]} at the latest, and the first date is {dates[0]}"
        )
