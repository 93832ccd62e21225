"""How an evaluation is shown: tables, sentences, plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table

from lead_scoring.configuration import BETTER, NO_DIFFERENCE, TOO_FEW, WORSE
from lead_scoring.figures import counted, period, plain
from lead_scoring.scoring_run import DEMO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from lead_scoring.evaluation import Evaluation

_NONE = "·"
_CHANCE = 0.5
# An AUC above it is that of a leak rather than of good rules.
LEAKING = 0.95
# Of fewer leads that convert, or don't, an interval holds the truth too seldom. The verdict of
# lead_scoring__evaluation_comparison asks for as many.
FEWEST_TO_TELL = 10
# So many figures with their intervals fit into 80 columns; of more, intervals go below.
_SIDE_BY_SIDE = 2
_FIGURES = {
    "AUC": "auc",
    "Average precision": "average_precision",
    "KS": "ks",
    **{f"Captured in the best {share} %": f"capture_{share}" for share in (5, 10, 20, 30)},
    "Brier score": "brier_score",
    "Log loss": "log_loss",
    "AUC of the probability": "probability_auc",
}
# The figure by which a model may become the champion.
DECIDING_FIGURE = "auc"


def evaluation_facts(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain values for a JSON report."""
    return {
        "inputs": evaluation.inputs_kind,
        "model": evaluation.model,
        "basis": evaluation.basis,
        "database": str(evaluation.database),
        "warnings": [problem.as_dict() for problem in evaluation.warnings],
        "notes": evaluation.notes,
        **evaluation.tables,
    }


def scope_sentences(evaluation: Evaluation) -> list[str]:
    """Return what was evaluated, and what was left out."""
    overall = _overall(evaluation)[evaluation.model]
    data = "the demo data" if evaluation.inputs_kind == DEMO else "the files"
    dates = evaluation.tables["evaluation_dates"]
    left_out = [row["as_of_date"] for row in dates if not row["is_evaluated"]]
    decided = sum(row["decided_leads"] for row in dates)
    when = period(overall["dates"], overall["first_date"], overall["last_date"])
    sentences = [
        f"{overall['leads']:,} leads of {data} on {when}: {overall['lead_dates']:,} scores, "
        f"{overall['conversions']:,} of them followed by a win within "
        f"{counted(overall['horizon_days'], 'day')} ({overall['base_rate']:.1%})",
    ]
    if decided:
        sentences.append(f"Left out: {decided:,} scores of leads that were won or lost by then")
    if left_out:
        sentences.append(
            f"Left out: {counted(len(left_out), 'date')} from {min(left_out)} on, whose horizon "
            f"ends after {dates[0]['known_until']}, up to which outcomes are known"
        )
    if overall["unknown_created_at_leads"]:
        sentences.append(
            f"Left out: {overall['unknown_created_at_leads']:,} leads whose created_at is unknown"
        )
    return sentences


def verdict_sentences(evaluation: Evaluation) -> list[str]:
    """Return for each model whether its scores tell more than chance, or too much."""
    sentences = []
    for model, row in _overall(evaluation).items():
        sentences.append(verdict_sentence(row))
        if may_leak(row["auc"], row["converted_leads"], row["other_leads"]):
            criteria = _of_model(evaluation, "evaluation_criteria", model)
            first = max(criteria, key=lambda each: each["information_value"], default=None)
            where = (
                "" if first is None else f"; look at the criterion {first['criterion_id']} first"
            )
            sentences.append(f"Model {model}: {leak_sentence(row['auc'])}{where}")
    return sentences


def may_leak(auc: Decimal | float | None, converted_leads: int, other_leads: int) -> bool:
    """Return whether an AUC is too good for rules that know of no outcome."""
    return auc is not None and auc > LEAKING and can_tell(converted_leads, other_leads)


def leak_sentence(auc: Decimal | float) -> str:
    """Return what to do about an AUC that is too good."""
    return (
        f"an AUC of {auc:.3f} says more of a leak than of good rules: look for what is known only "
        "once a lead is won"
    )


def verdict_sentence(row: Mapping[str, Any]) -> str:
    """Return for a row of the summary whether the model's scores tell more than chance."""
    auc, low, high = row["auc"], row["auc_low"], row["auc_high"]
    if low is None or not can_tell(row["converted_leads"], row["other_leads"]):
        said = "too few leads convert, or don't, to tell whether its scores say who does"
    elif low > _CHANCE:
        said = f"leads with higher scores convert more often (AUC {_interval(auc, low, high)})"
    elif high < _CHANCE:
        said = f"leads with higher scores convert less often (AUC {_interval(auc, low, high)})"
    else:
        said = f"no lift beyond noise (AUC {_interval(auc, low, high)}; chance is 0.5)"
    return f"Model {row['model_id']}: {said}"


def can_tell(converted_leads: int, other_leads: int) -> bool:
    """Return whether so many leads convert, and so many don't, that an interval holds."""
    return min(converted_leads, other_leads) >= FEWEST_TO_TELL


def comparison_sentences(comparison: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each model of a comparison whether it differs from the champion beyond noise."""
    return [_comparison_sentence(row) for row in comparison if row["figure"] == DECIDING_FIGURE]


def _comparison_sentence(row: Mapping[str, Any]) -> str:
    models = f"Model {row['model_id']} against the champion {row['champion_model_id']}"
    said = {
        BETTER: "better, and by more than noise",
        WORSE: "worse, and by more than noise",
        NO_DIFFERENCE: NO_DIFFERENCE,
        TOO_FEW: "too few leads convert, or don't, to tell which is better",
    }[row["verdict"]]
    if row["difference"] is None:
        return f"{models}: {said}"
    figures = row["difference"], row["difference_low"], row["difference_high"]
    return f"{models}: {said} (AUC differs by {_interval(*figures, sign='+')})"


def comparison_tables(comparison: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Return for each model of a comparison how its figures differ from the champion's."""
    tables: dict[str, Table] = {}
    for row in comparison:
        model, champion = row["model_id"], row["champion_model_id"]
        if model not in tables:
            title = escape(f"Model {model} against the champion {champion}")
            tables[model] = Table(title=title, title_justify="left", box=box.SIMPLE)
            tables[model].add_column("", no_wrap=True)
            tables[model].add_column("Difference", justify="right", no_wrap=True)
            tables[model].add_column("Verdict", overflow="fold")
    for label, name in _FIGURES.items():
        for row in comparison:
            if row["figure"] == name and row["difference"] is not None:
                figures = row["difference"], row["difference_low"], row["difference_high"]
                tables[row["model_id"]].add_row(
                    label, _interval(*figures, sign="+"), row["verdict"]
                )
    return [table for table in tables.values() if table.row_count]


def model_table(evaluation: Evaluation) -> Table:
    """Return the figures of all models side by side."""
    overall = _overall(evaluation)
    table = Table(title="Models", title_justify="left", box=box.SIMPLE)
    table.add_column("", overflow="fold")
    for model in overall:
        table.add_column(escape(model), justify="right", overflow="fold")
    for label, name in _FIGURES.items():
        figures = [(row[name], row[f"{name}_low"], row[f"{name}_high"]) for row in overall.values()]
        if any(figure is not None for figure, _, _ in figures):
            cells = [_interval(*each) for each in figures]
            if len(cells) > _SIDE_BY_SIDE:
                cells = [cell.replace(" (", "\n(") for cell in cells]
            table.add_row(label, *cells)
    return table


def decile_table(evaluation: Evaluation) -> Table:
    """Return the deciles of the model's scores."""
    table = Table(
        title=escape(f"Tenths of the leads by score, model {evaluation.model}"),
        title_justify="left",
        box=box.SIMPLE,
    )
    for name in ("Tenth", "Scores", "Leads", "Won", "Rate", "Lift", "Won so far"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in _of_the_model(evaluation, "evaluation_deciles"):
        table.add_row(
            str(row["decile"]),
            f"{row['lowest_score']:.1f} to {row['highest_score']:.1f}",
            f"{row['lead_dates']:,}",
            f"{row['conversions']:,}",
            f"{row['conversion_rate']:.1%}",
            _figure(row["lift"]),
            _NONE if row["cumulative_capture"] is None else f"{row['cumulative_capture']:.0%}",
        )
    return table


def criterion_table(evaluation: Evaluation) -> Table:
    """Return the criteria of the model by what they tell."""
    table = Table(
        title=escape(f"Criteria of model {evaluation.model}"), title_justify="left", box=box.SIMPLE
    )
    table.add_column("Criterion", overflow="fold")
    for name in ("Points", "Meets", "Lift"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Verdict", overflow="fold")
    rows = _of_the_model(evaluation, "evaluation_criteria")
    for row in sorted(rows, key=lambda row: (-row["information_value"], row["criterion_id"])):
        table.add_row(
            escape(row["criterion_id"]),
            plain(row["points"]),
            f"{row['coverage']:.1%}",
            _interval(row["lift"], row["lift_low"], row["lift_high"], decimals=2),
            row["verdict"],
        )
    return table


def _overall(evaluation: Evaluation) -> dict[str, Mapping[str, Any]]:
    """Return the row of all leads together for each model, the model that is told of first."""
    rows = {
        row["model_id"]: row
        for row in evaluation.tables["evaluation_summary"]
        if row["slice"] == "overall"
    }
    return {evaluation.model: rows[evaluation.model], **rows}


def _of_the_model(evaluation: Evaluation, table: str) -> list[dict[str, Any]]:
    return _of_model(evaluation, table, evaluation.model)


def _of_model(evaluation: Evaluation, table: str, model: str) -> list[dict[str, Any]]:
    return [row for row in evaluation.tables[table] if row["model_id"] == model]


def _figure(figure: Decimal | None) -> str:
    return _NONE if figure is None else f"{figure:.2f}"


def _interval(
    figure: Decimal | None,
    low: Decimal | None,
    high: Decimal | None,
    decimals: int = 3,
    sign: str = "",
) -> str:
    if figure is None:
        return _NONE
    form = f"{sign}.{decimals}f"
    if low is None or high is None:
        return f"{figure:{form}}"
    return f"{figure:{form}} ({low:{form}} to {high:{form}})"
