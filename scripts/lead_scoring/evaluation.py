"""The scores of past dates held against what came of the leads.

dbt scores the dates, some at a time, in a database of its own that nobody reads, and works all
figures out there; what comes of it is one file beside the publication.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from lead_scoring.configuration import CONVERSION_MODEL, fingerprint
from lead_scoring.errors import Problem, UsageError
from lead_scoring.evaluation_manifest import EvaluationManifest, write_evaluation_manifest
from lead_scoring.exports import EVALUATION_MARTS, attach, engine, write_marts_database
from lead_scoring.past_scoring import GATHERED, PastRequest, land_past
from lead_scoring.project import duckdb_settings
from lead_scoring.rejections import adding_to_refusal
from lead_scoring.scratch import scratch_folder
from lead_scoring.storage_errors import storage_errors
from lead_scoring.work_database import WORK_SCHEMA, fetch_rows, refuse_foreign_database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lead_scoring.configuration import Configuration
    from lead_scoring.output_folder import OutputFolder

DATABASE_NAME = "lead_scoring_evaluation.duckdb"
_FIGURES = [f"{model}+" for model in GATHERED]


@dataclass(frozen=True)
class EvaluationRequest:
    """What a user asked for: a past, and the output folder that the figures go to."""

    folder: OutputFolder
    past: PastRequest


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
    known_until = request.past.outcomes_known_until("evaluate")
    with scratch_folder(request.folder, "evaluation", request.past.wait_seconds) as scratch:
        on_part("check and load inputs")
        past = land_past(request.past, scratch, known_until)
        on_part("score past dates")
        notes = [
            *learnt_sentences(past.configuration, request.past.dates.first),
            *past.gather(past.configuration, on_node, _FIGURES),
        ]
        rejected = past.rejected()
        on_part("write the figures")
        manifest = EvaluationManifest(
            evaluated_at=datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None),
            configuration_fingerprint=fingerprint(past.configuration),
            inputs=request.past.inputs_kind,
            basis=request.past.basis,
        )
        with adding_to_refusal(rejected):
            _write_figures(scratch.work_database, database, manifest)
    return Evaluation(
        inputs_kind=request.past.inputs_kind,
        model=past.model,
        basis=request.past.basis,
        warnings=[*rejected, *past.warnings],
        notes=notes,
        tables=read_evaluation(database),
        database=database,
    )


def learnt_sentences(configuration: Configuration, first_date: date) -> list[str]:
    """Return a sentence for each model that has learnt from wins after a date."""
    last_wins: dict[str, date] = {}
    for row in configuration.tables[CONVERSION_MODEL.name]:
        if row["fitted_on"] is None:
            continue
        horizon = timedelta(days=int(row["horizon_days"] or 0))
        last_win = date.fromisoformat(row["fitted_on"]) + horizon
        model = str(row["model_id"])
        last_wins[model] = max(last_win, last_wins.get(model, last_win))
    return [
        f"model {model} has learnt from wins up to {last_win}, and looks better than it is on "
        f"dates before: evaluate from {last_win} on"
        for model, last_win in last_wins.items()
        if first_date < last_win
    ]


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


def _write_figures(work_database: Path, target: Path, manifest: EvaluationManifest) -> None:
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
                write_evaluation_manifest(connection, unfinished, manifest)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
