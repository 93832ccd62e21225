"""The rules about thresholds: bands that cover every figure, stages that can be reached."""

from __future__ import annotations

import itertools
from decimal import Decimal

from lead_scoring.configuration import BANDS, DIMENSIONS, RESERVED_STAGES, STAGES, Row
from lead_scoring.configuration_findings import Findings
from lead_scoring.configuration_values import shown
from lead_scoring.errors import Severity

_MINIMUMS = ("min_score", "min_fit", "min_engagement")
_CONDITIONS = (*_MINIMUMS, "required_criterion")
# What the stage without conditions has no use for: nothing lies below it.
_MEMORY = ("exit_score", "min_days", "recycle_after_days")


def check_bands(by_model: dict[str, list[Row]], findings: Findings) -> None:
    """Check that each model has for each dimension one floor and no threshold twice.

    Args:
        by_model: The bands of every model, also of one that has none.
        findings: Where problems go.
    """
    for model_id, rows in by_model.items():
        if any("dimension" in row.faulty for row in rows):
            continue
        for dimension in DIMENSIONS:
            bands = [row for row in rows if row["dimension"] == dimension]
            if bands:
                _check_dimension(model_id, dimension, bands, findings)
            else:
                findings.file(
                    BANDS,
                    f"the model {shown(model_id)} has no {dimension} band",
                    line=1,
                    column="dimension",
                    value="",
                    allowed="for each dimension at least one band, with blank min_points",
                )


def check_stages(by_model: dict[str, list[Row]], findings: Findings) -> None:
    """Check that each model has a base stage and that each stage can be reached.

    Args:
        by_model: The stages of every model, also of one that has none.
        findings: Where problems go.
    """
    for model_id, rows in by_model.items():
        if not rows:
            findings.file(
                STAGES,
                f"the model {shown(model_id)} has no stage",
                line=1,
                column="model_id",
                value=model_id,
                allowed="at least one stage, without conditions",
            )
        elif not any(row.faulty & {"stage_order", *_MINIMUMS} for row in rows):
            ordered = sorted(rows, key=lambda row: row.figure("stage_order") or Decimal(0))
            _check_base(model_id, ordered, findings)
            _check_order(ordered, findings)
            _check_reachable(ordered, findings)


def check_memory(rows: list[Row], findings: Findings) -> None:
    """Check that what keeps a lead in a stage, or sends it back, has a use there."""
    for row in rows:
        has_conditions = any(row[column] is not None for column in _CONDITIONS)
        for column in _MEMORY:
            if row[column] is not None and not has_conditions:
                findings.cell(
                    STAGES,
                    row,
                    column,
                    f"the stage {shown(row['stage'] or '')} has no conditions, so no lead can "
                    f"fall from it and {column} has no use",
                    allowed=f"a blank {column}",
                )
        if row["exit_score"] is None or not has_conditions:
            continue
        exit_score, min_score = row.figure("exit_score"), row.figure("min_score")
        if row["min_score"] is None:
            findings.cell(
                STAGES,
                row,
                "exit_score",
                "exit_score is given and min_score, in place of which it counts, is blank",
                allowed="exit_score only where min_score is given",
            )
        elif exit_score is not None and min_score is not None and exit_score > min_score:
            findings.cell(
                STAGES,
                row,
                "exit_score",
                f"exit_score {row['exit_score']} is over min_score {row['min_score']}",
                allowed="exit_score not over min_score",
            )


def check_stage_names(rows: list[Row], findings: Findings) -> None:
    """Refuse the names of the two stages that no thresholds lead to."""
    for row in rows:
        if row["stage"] in RESERVED_STAGES:
            findings.cell(
                STAGES,
                row,
                "stage",
                f"the stage name '{row['stage']}' is reserved for leads that were won or excluded",
                allowed=f"any name but {' and '.join(RESERVED_STAGES)}",
            )


def _check_dimension(model_id: str, dimension: str, bands: list[Row], findings: Findings) -> None:
    if any("min_points" in row.faulty for row in bands):
        return
    first: dict[Decimal | None, Row] = {}
    for row in bands:
        earlier = first.setdefault(row.figure("min_points"), row)
        if earlier is not row and earlier["band"] != row["band"]:
            is_floor = row["min_points"] is None
            what = "are both the floor" if is_floor else f"both begin at {row['min_points']}"
            findings.cell(
                BANDS,
                row,
                "min_points",
                f"the {dimension} bands {shown(earlier['band'] or '')} (line {earlier.line}) "
                f"and {shown(row['band'] or '')} of the model {shown(model_id)} {what}",
                allowed="different min_points for each band, exactly one of them blank",
            )
    if None not in first:
        lowest = first[min(figure for figure in first if figure is not None)]
        findings.cell(
            BANDS,
            lowest,
            "min_points",
            f"the model {shown(model_id)} has no {dimension} band as its floor: leads below "
            f"{lowest['min_points']} points would be without a band",
            allowed="exactly one band with blank min_points",
        )


def _check_base(model_id: str, ordered: list[Row], findings: Findings) -> None:
    if any(all(row[column] is None for column in _CONDITIONS) for row in ordered):
        return
    lowest = ordered[0]
    findings.cell(
        STAGES,
        lowest,
        next(column for column in _CONDITIONS if lowest[column] is not None),
        f"the model {shown(model_id)} has no base stage: a lead that meets no condition "
        "would be without a stage",
        allowed=f"one stage, such as {shown(lowest['stage'] or '')}, with blank "
        + ", ".join(_CONDITIONS),
    )


def _check_order(ordered: list[Row], findings: Findings) -> None:
    for earlier, later in itertools.pairwise(ordered):
        if earlier["stage_order"] == later["stage_order"] and earlier["stage"] != later["stage"]:
            first, second = sorted((earlier, later), key=lambda row: row.line)
            findings.cell(
                STAGES,
                second,
                "stage_order",
                f"the stages {shown(first['stage'] or '')} (line {first.line}) and "
                f"{shown(second['stage'] or '')} have the same stage_order {second['stage_order']}",
                allowed="a different stage_order for each stage of a model",
            )


def _check_reachable(ordered: list[Row], findings: Findings) -> None:
    for position, row in enumerate(ordered):
        if row["required_criterion"] is not None:
            continue
        earlier = [
            other for other in ordered[:position] if other["stage_order"] != row["stage_order"]
        ]
        hidden = [other for other in earlier if _covers(row, other)]
        if not hidden:
            _check_rising(row, earlier, findings)
            continue
        names = ", ".join(f"{shown(other['stage'] or '')} (line {other.line})" for other in hidden)
        findings.cell(
            STAGES,
            row,
            "stage",
            f"because of the stage {shown(row['stage'] or '')} these earlier ones can't be "
            f"reached: {names}; whoever meets their minimums meets its own too",
            allowed="a required_criterion, or a minimum above that of each earlier stage",
        )


def _covers(later: Row, earlier: Row) -> bool:
    """Whether every lead with the minimums of the earlier stage has those of the later one."""
    for column in _MINIMUMS:
        threshold, other = later.figure(column), earlier.figure(column)
        if threshold is not None and (other is None or threshold > other):
            return False
    return True


def _check_rising(row: Row, earlier: list[Row], findings: Findings) -> None:
    """Warn of thresholds that fall, apart from stages that a criterion opens: theirs may."""
    for column in _MINIMUMS:
        threshold = row.figure(column)
        rivals = [
            (figure, other)
            for other in earlier
            if other["required_criterion"] is None and (figure := other.figure(column)) is not None
        ]
        if threshold is None or not rivals:
            continue
        highest, other = max(rivals, key=lambda rival: rival[0])
        if threshold < highest:
            findings.cell(
                STAGES,
                row,
                column,
                f"{column} falls to {row[column]}: the earlier stage "
                f"{shown(other['stage'] or '')} (line {other.line}) has {other[column]}",
                allowed="thresholds that rise from stage to stage",
                severity=Severity.WARNING,
            )
