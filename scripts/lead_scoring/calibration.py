"""Points and probabilities from what came of past leads, written as a proposal.

The models of an evaluation measure what each criterion counted on past dates, and score them again
with the points that are suggested; scikit-learn fits in between.
"""

from __future__ import annotations

import importlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lead_scoring.configuration import write_canonical
from lead_scoring.dbt_build import BuildSettings
from lead_scoring.errors import Problem, UsageError
from lead_scoring.evaluation import gather, known_until_of
from lead_scoring.inputs import InputFiles, land_inputs
from lead_scoring.output_folder import OutputFolder
from lead_scoring.project import COLUMN_ALIASES, duckdb_settings
from lead_scoring.proposal import (
    criteria_of,
    measuring,
    only,
    searched_policies,
    with_conversion_model,
    with_points,
)
from lead_scoring.scoring_dates import DateRange, chunked
from lead_scoring.scoring_run import (
    DEMO,
    FILES,
    check_all,
    dates_at_a_time,
    demo_files,
    exported_model,
    write_seeds,
)
from lead_scoring.scratch import scratch_folder
from lead_scoring.storage_errors import storage_errors
from lead_scoring.warehouses import DUCKDB
from lead_scoring.work_database import WORK_SCHEMA, open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from lead_scoring.calibration_data import Observations, Part
    from lead_scoring.configuration import Configuration
    from lead_scoring.point_fit import PointFit
    from lead_scoring.regression import Estimate, Fifth

CARD = "model_card.md"
SIGNS = ("free", "keep")


@dataclass(frozen=True)
class CalibrationRequest:
    """What a user asked for.

    `proposal` is the folder to write. `inputs` None stands for the demo data, `model` None for the
    champion, `known_until` None for today. `train_to` is the last date to learn from, None where
    there is one date only. `sign` and `max_change` hold the points.
    """

    proposal: Path
    inputs: InputFiles | None
    mapping: Mapping[str, Mapping[str, str]]
    configuration: Path
    model: str | None
    dates: DateRange
    train_to: date | None
    horizon_days: int
    known_until: date | None
    basis: str
    sign: str
    max_change: int | None
    wait_seconds: float
    debug: bool = False


@dataclass(frozen=True)
class Calibration:
    """What was found, and where it was written.

    `figures` are those of the tested leads, by what they are of: `score_before`, `score_after`,
    `probability_before` where the model had one, `probability_after`.
    """

    request: CalibrationRequest
    inputs_kind: str
    model: str
    known_until: date
    warnings: list[Problem]
    notes: list[str]
    train: Part
    test: Part
    dates_left_out: list[date]
    is_split_by_lead: bool
    is_validated_by_lead: bool
    points: PointFit
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
    dates = request.dates.dates()
    _refuse_wrong_split(request, dates)
    known_until = known_until_of(
        "calibrate", request.inputs, request.known_until, dates, request.horizon_days
    )
    folder = OutputFolder(request.proposal)
    with scratch_folder(folder, "calibration", request.wait_seconds) as scratch:
        calibration = _calibrate(request, scratch, dates, known_until, on_part, on_node)
    with storage_errors(request.proposal):
        shutil.rmtree(folder.work)
    return calibration


def _calibrate(
    request: CalibrationRequest,
    scratch: OutputFolder,
    dates: Sequence[date],
    known_until: date,
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

    on_part("check and load inputs")
    with (
        storage_errors(scratch.work_database),
        open_database(scratch.work_database, duckdb_settings(), 0) as connection,
    ):
        files = request.inputs or demo_files(scratch.work / DEMO)
        landed, (checked,) = check_all(
            [request.configuration],
            lambda: land_inputs(connection, files, request.mapping, COLUMN_ALIASES),
        )
    configuration = checked.configuration
    model = exported_model(configuration, request.model)
    criteria = criteria_of(configuration, model)
    criterion_ids = [each.criterion_id for each in criteria]
    searched = searched_policies(configuration, model)
    # Two models are scored at a time at most: this one, and what measures it.
    most = dates_at_a_time(landed.relations["leads"].row_count, 2)
    notes: list[str] = []

    def scored(rules: Configuration, earned_by: str, earners: Sequence[str]) -> Observations:
        with open_database(scratch.work_database, duckdb_settings(), 0) as connection:
            connection.execute(f"drop schema if exists {WORK_SCHEMA} cascade")
        settings = BuildSettings(
            database=scratch.work_database,
            configuration=write_seeds(rules, scratch.work / "config"),
            work=scratch.work,
            target=DUCKDB,
            variables={
                "lead_scoring__evaluation": True,
                "lead_scoring__basis": request.basis,
                "lead_scoring__horizon_days": request.horizon_days,
                "lead_scoring__known_until": known_until.isoformat(),
            },
            debug=request.debug,
        )
        notes.extend(gather(settings, chunked(dates, most), on_node))
        return read_observations(scratch.work_database, model, earned_by, earners)

    on_part("measure past dates")
    measured = measuring(configuration, model)
    before = scored(measured.configuration, measured.model_id, measured.criterion_ids)
    on_part("fit points")
    split = split_observations(before, request.train_to, request.horizon_days)
    validation, is_validated_by_lead = folds(before, split, request.horizon_days)
    points = fit_points(
        before,
        measured.columns,
        criteria,
        searched,
        split.train,
        validation,
        Limits(request.sign == "keep", request.max_change),
    )
    proposed = with_points(
        configuration,
        model,
        {each.criterion_id: each.after for each in points.suggestions},
        {policy: chosen for policy, (_, chosen) in points.half_lives.items()},
        points.lowest_sum,
    )
    on_part("score past dates with them")
    after = scored(only(proposed, model), model, criterion_ids)
    on_part("fit probabilities")
    terms, chances, penalty = fit_probability(after, criterion_ids, split.train, validation)
    proposed = with_conversion_model(
        proposed, model, terms, max(before.dates[split.train]), request.horizon_days
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
        inputs_kind=DEMO if request.inputs is None else FILES,
        model=model,
        known_until=known_until,
        warnings=[*landed.problems, *checked.warnings],
        notes=list(dict.fromkeys(notes)),
        train=part_of(before, split.train),
        test=part_of(before, split.test),
        dates_left_out=split.left_out,
        is_split_by_lead=split.is_by_lead,
        is_validated_by_lead=is_validated_by_lead,
        points=points,
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
        write_canonical(proposed, request.proposal)
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


def _refuse_wrong_split(request: CalibrationRequest, dates: Sequence[date]) -> None:
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
