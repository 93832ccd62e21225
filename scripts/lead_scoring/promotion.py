"""Another model as the champion, where an evaluation says that it is not worse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from lead_scoring.configuration import (
    BETTER,
    MODELS,
    NO_DIFFERENCE,
    PROMOTIONS,
    WORSE,
    Configuration,
    fingerprint,
)
from lead_scoring.configuration_checks import check_configuration
from lead_scoring.configuration_edit import held, replace_files, with_champion, with_promotion
from lead_scoring.errors import Problem, Severity, UsageError
from lead_scoring.evaluation import DATABASE_NAME, learnt_sentences
from lead_scoring.evaluation_manifest import TABLE, EvaluationManifest, read_evaluation_manifest
from lead_scoring.evaluation_report import DECIDING_FIGURE
from lead_scoring.exports import attach, engine
from lead_scoring.figures import plain
from lead_scoring.names import suggestion
from lead_scoring.storage_errors import storage_errors
from lead_scoring.work_database import fetch_rows, refuse_foreign_database

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from lead_scoring.output_folder import OutputFolder


@dataclass(frozen=True)
class PromotionRequest:
    """Which model a user wants as the champion of a configuration.

    `folder` has the evaluation that decides; `override` is the reason for which the model is to
    become the champion whatever the evaluation says, None where there is none.
    """

    folder: OutputFolder
    configuration: Path
    model: str
    override: str | None


@dataclass(frozen=True)
class Evidence:
    """What an evaluation knows of a model beside the champion.

    `comparison` are the rows of the model in `lead_scoring__evaluation_comparison`, `scope` is the
    row of the champion in `lead_scoring__evaluation_summary` of all leads together.
    """

    database: Path
    manifest: EvaluationManifest
    comparison: Sequence[Mapping[str, Any]]
    scope: Mapping[str, Any]

    @property
    def deciding(self) -> Mapping[str, Any]:
        """Return the row of the comparison that decides."""
        (row,) = [row for row in self.comparison if row["figure"] == DECIDING_FIGURE]
        return row


@dataclass(frozen=True)
class Promotion:
    """What came of a request; `evidence` is None where the model was the champion already."""

    request: PromotionRequest
    previous: str
    warnings: list[Problem] = field(default_factory=list)
    evidence: Evidence | None = None

    @property
    def is_not_worse(self) -> bool:
        """Return whether the model may become the champion without an override."""
        return self.evidence is not None and self.evidence.deciding["verdict"] in (
            BETTER,
            NO_DIFFERENCE,
        )

    @property
    def is_made(self) -> bool:
        """Return whether the champion was changed."""
        return self.is_not_worse or self.is_override

    @property
    def is_override(self) -> bool:
        """Return whether it was changed against what the evaluation says."""
        has_reason = self.evidence is not None and self.request.override is not None
        return has_reason and not self.is_not_worse

    @property
    def refusal(self) -> str | None:
        """Return why the champion was not changed; None where it was, or had not to be."""
        if self.evidence is None or self.is_made:
            return None
        model = self.request.model
        if self.evidence.deciding["verdict"] == WORSE:
            why = f"model {model} is worse than the champion {self.previous}, by more than noise"
        else:
            why = (
                f"too few leads convert, or don't, to tell whether model {model} is worse than "
                f"the champion {self.previous}; evaluate more dates"
            )
        return (
            f"not promoted: {why}. If it is to be the champion all the same, say why with "
            "--override REASON"
        )


def promote(request: PromotionRequest) -> Promotion:
    """Make a model the champion of a configuration folder, where it is not worse, and log it.

    The log is written first, so that a kill leaves no change that it does not tell of.

    Raises:
        UsageError: the configuration has errors or no such model, the reason is blank, or there is
            no evaluation of these rules.
        DatabaseBusyError, StorageError: as they say.
    """
    if request.override is not None and not request.override.strip():
        raise UsageError("--override needs a reason, which is kept in the log")
    folder = request.configuration
    if not folder.is_dir():
        raise UsageError(f"the configuration folder {folder} does not exist")
    with held(folder):
        checked = check_configuration(folder)
        configuration = checked.configuration
        if checked.errors or configuration is None or configuration.champion is None:
            raise UsageError(f"the configuration in {folder} can't be used", checked.problems)
        if request.model not in configuration.model_ids:
            raise UsageError(
                f"there is no model '{request.model}' in {folder}; allowed: "
                f"{', '.join(configuration.model_ids)}"
                f"{suggestion(request.model, configuration.model_ids)}"
            )
        if request.model == configuration.champion:
            return Promotion(request, configuration.champion, checked.warnings)
        evidence = _evidence(request, configuration)
        learnt = [
            Problem(Severity.WARNING, sentence)
            for sentence in learnt_sentences(configuration, evidence.scope["first_date"])
        ]
        promotion = Promotion(
            request, configuration.champion, [*learnt, *checked.warnings], evidence
        )
        if promotion.is_made:
            _change_champion(promotion)
        return promotion


def _evidence(request: PromotionRequest, configuration: Configuration) -> Evidence:
    database = request.folder.path / DATABASE_NAME
    again = f"evaluate --config {request.configuration} --out {request.folder.path} … first"
    if not database.exists():
        raise UsageError(f"nothing was evaluated in {request.folder.path}: {again}")
    refuse_foreign_database(database)
    with storage_errors(database), engine(database.parent) as connection:
        schema = attach(connection, database, "main", "evaluation")
        tables = fetch_rows(connection, "select table_name from duckdb_tables()", [])
        if {"table_name": TABLE} not in tables:
            raise UsageError(f"{database} was made by another version: {again}")
        manifest = read_evaluation_manifest(connection, schema)
        comparisons = fetch_rows(
            connection,
            f"select * from {schema.table('lead_scoring__evaluation_comparison')}",
            [],
        )
        if manifest.configuration_fingerprint != fingerprint(configuration):
            champions = {row["champion_model_id"] for row in comparisons}
            other = (
                f"compares with {champions.pop()}, and the champion of {request.configuration} is "
                f"{configuration.champion} now"
                if champions - {configuration.champion}
                else f"is of other rules than those in {request.configuration} now"
            )
            raise UsageError(f"{database}, of {manifest.evaluated_at} UTC, {other}: {again}")
        (scope,) = fetch_rows(
            connection,
            f"select * from {schema.table('lead_scoring__evaluation_summary')} "
            "where model_id = ? and slice = 'overall'",
            [configuration.champion],
        )
    comparison = [row for row in comparisons if row["model_id"] == request.model]
    return Evidence(database, manifest, comparison, scope)


def _change_champion(promotion: Promotion) -> None:
    folder = promotion.request.configuration
    models, log = folder / MODELS.file_name, folder / PROMOTIONS.file_name
    with storage_errors(folder):
        rows = models.read_bytes()
        logged = log.read_bytes() if log.exists() else None
    replace_files(
        {
            log: with_promotion(logged, _logged(promotion)),
            models: with_champion(rows, promotion.request.model),
        }
    )


def _logged(promotion: Promotion) -> dict[str, str]:
    evidence = promotion.evidence
    if evidence is None:
        raise ValueError("there is no evidence to log")
    deciding, manifest, scope = evidence.deciding, evidence.manifest, evidence.scope
    now = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
    return {
        "promoted_at": str(now),
        "previous_champion": promotion.previous,
        "champion": promotion.request.model,
        "verdict": deciding["verdict"],
        "is_override": "true" if promotion.is_override else "false",
        "reason": promotion.request.override or "",
        "previous_auc": _cell(deciding["champion_value"]),
        "auc": _cell(deciding["model_value"]),
        "auc_difference": _cell(deciding["difference"]),
        "auc_difference_low": _cell(deciding["difference_low"]),
        "auc_difference_high": _cell(deciding["difference_high"]),
        "inputs": manifest.inputs,
        "first_date": str(scope["first_date"]),
        "last_date": str(scope["last_date"]),
        "horizon_days": str(scope["horizon_days"]),
        "evaluated_at": str(manifest.evaluated_at),
        "configuration_fingerprint": manifest.configuration_fingerprint,
    }


def _cell(figure: Decimal | None) -> str:
    return "" if figure is None else plain(figure)
