"""The scores of past dates held against what came of the leads.

dbt scores the dates, some at a time, in a database of its own that nobody reads, and works all
figures out there; what comes of it is one file beside the publication.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from lead_scoring.dbt_build import BuildSettings, build
from lead_scoring.demo import DEMO_AS_OF
from lead_scoring.errors import Problem, UsageError
from lead_scoring.exports import EVALUATION_MARTS, attach, engine, write_marts_database
from lead_scoring.inputs import InputFiles, land_inputs
from lead_scoring.output_folder import OutputFolder
from lead_scoring.project import COLUMN_ALIASES, duckdb_settings
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
from lead_scoring.work_database import (
    WORK_SCHEMA,
    fetch_rows,
    open_database,
    refuse_foreign_database,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

DATABASE_NAME = "lead_scoring_evaluation.duckdb"
# What is gathered date by date, and all that is made of it when the last date is there.
_GATHERED = (
    "int_lead_scoring__evaluated_leads",
    "int_lead_scoring__evaluated_contributions",
    "lead_scoring__evaluation_dates",
)
_FIRST_DATES = [f"+{model}" for model in _GATHERED]
_OTHER_DATES = [f"int_lead_scoring__scoring_dates+,+{model}" for model in _GATHERED]
_FIGURES = [f"{model}+" for model in _GATHERED]


@dataclass(frozen=True)
class EvaluationRequest:
    """What a user asked for.

    `inputs` None stands for the demo data, `model` None for the champion, `known_until` None for
    today: outcomes are known up to it. `horizon_days` is how long a lead has to convert in, `basis`
    how the past is read.
    """

    folder: OutputFolder
    inputs: InputFiles | None
    mapping: Mapping[str, Mapping[str, str]]
    configuration: Path
    model: str | None
    dates: DateRange
    horizon_days: int
    known_until: date | None
    basis: str
    wait_seconds: float
    debug: bool = False


@dataclass(frozen=True)
class Evaluation:
    """What was found; `tables` are the rows of the marts by their names without the prefix."""

    inputs_kind: str
    model: str
    basis: str
    warnings: list[Problem]
    notes: list[str]
    tables: Mapping[str, list[dict[str, Any]]]
    database: Path


def evaluate(
    request: EvaluationRequest,
    on_part: Callable[[str], None],
    on_node: Callable[[int, int, str], None],
) -> Evaluation:
    """Score past dates, compare with what came of the leads, and keep the figures in a file.

    `on_part` is told the name of each part as it begins, `on_node` how far a build is.

    Raises:
        UsageError: a configuration, the inputs, the model or the dates are wrong, or no lead is
            left to evaluate.
        BuildFailedError: a model or data test failed.
        DatabaseBusyError, StorageError: as they say.
    """
    database = request.folder.path / DATABASE_NAME
    refuse_foreign_database(database)
    kind = DEMO if request.inputs is None else FILES
    dates = request.dates.dates()
    known_until = known_until_of(
        "evaluate", request.inputs, request.known_until, dates, request.horizon_days
    )
    with scratch_folder(request.folder, "evaluation", request.wait_seconds) as scratch:
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
        model = exported_model(checked.configuration, request.model)
        settings = BuildSettings(
            database=scratch.work_database,
            configuration=write_seeds(checked.configuration, scratch.work / "config"),
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
        on_part("score past dates")
        leads = landed.relations["leads"].row_count
        most = dates_at_a_time(leads, len(checked.configuration.model_ids))
        notes = gather(settings, chunked(dates, most), on_node, _FIGURES)
        on_part("write the figures")
        _write_figures(scratch.work_database, database)
    return Evaluation(
        inputs_kind=kind,
        model=model,
        basis=request.basis,
        warnings=[*landed.problems, *checked.warnings],
        notes=notes,
        tables=read_evaluation(database),
        database=database,
    )


def read_evaluation(database: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of an evaluation's marts, by their names without the prefix."""
    with (
        storage_errors(database),
        engine(database.parent) as connection,
    ):
        schema = attach(connection, database, "main", "evaluation")
        return {
            mart.removeprefix("lead_scoring__"): fetch_rows(
                connection, f"select * from {schema.table(mart)}", []
            )
            for mart in EVALUATION_MARTS
        }


def known_until_of(
    command: str,
    inputs: InputFiles | None,
    asked: date | None,
    dates: Sequence[date],
    horizon_days: int,
) -> date:
    """Return the day up to which outcomes are known, of which the first date has its horizon.

    Raises:
        UsageError: there are no outcomes, or the horizon of no date is over by then.
    """
    known_until = asked or (DEMO_AS_OF if inputs is None else datetime.now(timezone.utc).date())
    if inputs is not None and inputs.outcomes is None:
        raise UsageError(f"{command} needs outcomes to hold the scores against: name --outcomes")
    if (known_until - dates[0]).days < horizon_days:
        raise UsageError(
            f"no date can be evaluated: {horizon_days} days after {dates[0]} lie beyond "
            f"{known_until}, up to which outcomes are known; --as-of names another day"
        )
    return known_until


def gather(
    settings: BuildSettings,
    chunks: Sequence[Sequence[date]],
    on_node: Callable[[int, int, str], None],
    figures: Sequence[str] = (),
) -> list[str]:
    """Gather the scores of the dates, a chunk at a time, and build `figures` with the last.

    Returns:
        The warnings of the builds.
    """
    notes: list[str] = []
    for number, dates in enumerate(chunks, 1):
        selected = _FIRST_DATES if number == 1 else _OTHER_DATES
        if number == len(chunks):
            selected = [*selected, *figures]
        as_of = {"lead_scoring__as_of": [each.isoformat() for each in dates]}
        built = build(
            replace(settings, variables={**settings.variables, **as_of}, selected=selected),
            on_node,
        )
        notes += built.warnings
    return list(dict.fromkeys(notes))


def _write_figures(work_database: Path, target: Path) -> None:
    """Write the marts of the evaluation as a database, which takes the place of the last one.

    Raises:
        UsageError: they are of no lead.
    """
    # What a kill leaves under this name, the next one replaces.
    unfinished = target.with_name(f".{target.name}.tmp")
    with storage_errors(target):
        unfinished.unlink(missing_ok=True)
        try:
            with engine(work_database.parent, duckdb_settings()) as connection:
                schema = attach(connection, work_database, WORK_SCHEMA, "work")
                summary = schema.table("lead_scoring__evaluation_summary")
                if not connection.execute(f"select 1 from {summary} limit 1").fetchall():
                    raise UsageError(
                        "no lead is left to evaluate: leads count from the day of their "
                        "created_at, up to the day on which they are won or lost"
                    )
                write_marts_database(connection, schema, unfinished, EVALUATION_MARTS)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
