"""Why a lead has the score it has, read from the last publication."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from lead_scoring.contract import trimmed
from lead_scoring.errors import UsageError
from lead_scoring.names import suggestion
from lead_scoring.publication import CONFIGURATION_NAME, DATABASE_NAME, known_model
from lead_scoring.storage_errors import storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from lead_scoring.publication import Publication


# The ledger names the item of a line; the group of a criterion stands in the contributions.
_LEDGER = """
    select
        case
            when ledger.line_type in ('criterion', 'group_limit')
                then coalesce(contributions.dimension || ': ', '')
                    || coalesce(contributions.group_id, ledger.item)
            else ledger.item
        end as section,
        ledger.line_number,
        ledger.line_type,
        ledger.item,
        ledger.description,
        ledger.points,
        ledger.before,
        ledger.after
    from lead_scoring__score_ledger as ledger
    left join lead_scoring__contributions as contributions
        on
            ledger.line_type = 'criterion'
            and ledger.model_id = contributions.model_id
            and ledger.lead_id = contributions.lead_id
            and ledger.item = contributions.criterion_id
    where ledger.model_id = ? and ledger.lead_id = ?
    order by ledger.line_number
"""


@dataclass(frozen=True)
class LedgerLine:
    """One line of the ledger; `before` and `after` are the figure that the line changed.

    `section` names the figure: a group with its dimension, a dimension, or the score.
    """

    section: str
    line_number: int
    line_type: str
    item: str
    description: str
    points: Decimal
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class HigherStage:
    """A stage above the lead's own, and each of its conditions that does not hold."""

    stage: str
    lacking: list[str]


@dataclass(frozen=True)
class Explanation:
    """A lead's row of the ranked leads, its ledger, and what the stages above ask for.

    The first of the higher stages is the next one; there are none for an excluded lead.
    """

    lead: dict[str, Any]
    lines: list[LedgerLine]
    higher_stages: list[HigherStage]

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for a JSON report."""
        return asdict(self)


def explain_lead(published: Publication, lead_id: str, model: str | None) -> Explanation:
    """Read one lead's score, ledger and distance from the next stage.

    Raises:
        UsageError: the publication has no such model or lead.
        StorageError: the publication can't be read.
    """
    model_id = known_model(published, model)
    database = published.folder / DATABASE_NAME
    with storage_errors(database), duckdb.connect(str(database), read_only=True) as connection:
        lead = _lead(connection, model_id, trimmed(lead_id) or lead_id)
        lines = [
            LedgerLine(*row)
            for row in connection.execute(
                _LEDGER,
                [model_id, lead["lead_id"]],
            ).fetchall()
        ]
    return Explanation(
        lead, lines, _higher_stages(published.folder / CONFIGURATION_NAME, lead, lines)
    )


def _lead(connection: duckdb.DuckDBPyConnection, model_id: str, lead_id: str) -> dict[str, Any]:
    cursor = connection.execute(
        "select * from lead_scoring__ranked_leads where model_id = ? and lead_id = ?",
        [model_id, lead_id],
    )
    names = [column[0] for column in cursor.description or []]
    row = cursor.fetchone()
    if row is not None:
        return dict(zip(names, row, strict=True))
    known = [
        row[0]
        for row in connection.execute(
            "select lead_id from lead_scoring__ranked_leads where model_id = ? "
            "order by levenshtein(lead_id, ?), lead_id limit 1",
            [model_id, lead_id],
        ).fetchall()
    ]
    raise UsageError(f"no lead '{lead_id}' was scored on that date" + suggestion(lead_id, known))


def _higher_stages(
    configuration: Path, lead: dict[str, Any], lines: list[LedgerLine]
) -> list[HigherStage]:
    if lead["is_excluded"]:
        return []
    stages = sorted(
        (row for row in _rows(configuration, "stages") if row["model_id"] == lead["model_id"]),
        key=lambda row: int(row["stage_order"]),
    )
    reached = [row["stage"] for row in stages].index(lead["stage"])
    earned = {line.item for line in lines if line.line_type == "criterion"}
    return [
        HigherStage(row["stage"], _lacking(configuration, row, lead, earned))
        for row in stages[reached + 1 :]
    ]


def _lacking(
    configuration: Path, stage: dict[str, str], lead: dict[str, Any], earned: set[str]
) -> list[str]:
    lacking = [
        f"{figure.replace('_', ' ')} of {Decimal(stage[minimum]).normalize():f} "
        f"(now {lead[figure].normalize():f})"
        for minimum, figure in (
            ("min_score", "score"),
            ("min_fit", "fit_points"),
            ("min_engagement", "engagement_points"),
        )
        if stage[minimum] and lead[figure] < Decimal(stage[minimum])
    ]
    required = stage["required_criterion"]
    if required and required not in earned:
        lacking.append(_described(configuration, lead["model_id"], required))
    return lacking


def _described(configuration: Path, model_id: str, criterion_id: str) -> str:
    for row in _rows(configuration, "criteria"):
        if row["model_id"] == model_id and row["criterion_id"] == criterion_id:
            return f"criterion {criterion_id}: {row['description'] or criterion_id}"
    return f"criterion {criterion_id}"


def _rows(configuration: Path, seed: str) -> list[dict[str, str]]:
    path = configuration / f"lead_scoring__{seed}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
