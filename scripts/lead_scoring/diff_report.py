"""How a comparison of two configurations is shown: tables, sentences, plain values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table

from lead_scoring.figures import plain
from lead_scoring.scoring_run import DEMO

if TYPE_CHECKING:
    from lead_scoring.configuration_diff import ConfigurationDiff

_NONE = "·"
_SHOWN_STEP = Decimal("0.01")


def diff_facts(diff: ConfigurationDiff) -> dict[str, Any]:
    """Return the comparison as plain values for a JSON report."""
    ladder = ("stage", "leads_before", "leads_after")
    return {
        "as_of_date": diff.as_of_date.isoformat(),
        "inputs": diff.inputs_kind,
        "before": {"config": diff.before.configuration, "model": diff.before.model},
        "after": {"config": diff.after.configuration, "model": diff.after.model},
        "warnings": [problem.as_dict() for problem in diff.warnings],
        "notes": diff.notes,
        **diff.summary,
        "top": {"leads": diff.top_before, "stay": diff.top_stay},
        "stages": [{name: row[name] for name in ladder} for row in diff.stages],
        "stage_matrix": diff.transitions,
        "teams": diff.teams,
        "movers": diff.movers,
        "fail_if": [verdict.facts() for verdict in diff.verdicts],
        "csv": None if diff.csv is None else str(diff.csv),
    }


def subject_sentences(diff: ConfigurationDiff) -> list[str]:
    """Return what was compared with what."""
    data = "the demo data" if diff.inputs_kind == DEMO else "the files"
    return [
        f"{diff.summary['leads']:,} leads of {data} as of {diff.as_of_date}",
        f"Before: model {diff.before.model} of {diff.before.configuration}",
        f"After: model {diff.after.model} of {diff.after.configuration}",
    ]


def summary_sentences(diff: ConfigurationDiff) -> list[str]:
    """Return how much changes, in figures."""
    summary = diff.summary
    leads, changes, ranked = (
        summary[name] for name in ("leads", "stage_changes", "ranked_in_both")
    )
    share = f" ({changes / leads:.1%})" if leads else ""
    correlation = summary["rank_correlation"]
    sentences = [
        f"{changes:,} of {leads:,} leads change stage{share}",
        "No rank correlation: fewer than two leads are ranked in both"
        if correlation is None
        else f"Rank correlation {plain(correlation)} (Spearman's rho of the {ranked:,} leads "
        "ranked in both)",
    ]
    if diff.top:
        sentences.append(
            f"{diff.top_stay:,} of the best {diff.top_before:,} stay among the best {diff.top:,}"
        )
    return sentences


def stage_matrix(diff: ConfigurationDiff) -> Table:
    """Return the leads by stage before, down, and stage after, across."""
    rows = sorted(
        (row for row in diff.stages if row["order_before"] is not None),
        key=lambda row: row["order_before"],
    )
    columns = [row for row in diff.stages if row["order_after"] is not None]
    counts = {(row["stage_before"], row["stage_after"]): row["leads"] for row in diff.transitions}
    # Without padding a ladder of five stages fits into 80 columns.
    table = Table(
        title="Leads by stage before (down) and after (across)",
        title_justify="left",
        box=box.SIMPLE,
        padding=(0, 0),
    )
    table.add_column("", overflow="fold")
    for column in columns:
        table.add_column(escape(column["stage"]), justify="right", overflow="fold")
    table.add_column("Before", justify="right", no_wrap=True)
    for row in rows:
        cells = [_count(counts.get((row["stage"], column["stage"]), 0)) for column in columns]
        table.add_row(escape(row["stage"]), *cells, _count(row["leads_before"]))
    table.add_section()
    totals = [_count(column["leads_after"]) for column in columns]
    table.add_row("After", *totals, _count(diff.summary["leads"]))
    return table


def team_table(diff: ConfigurationDiff) -> Table:
    """Return how many leads each team would get."""
    table = Table(title="Leads by team", title_justify="left", box=box.SIMPLE)
    table.add_column("Team", overflow="fold")
    for name in ("Before", "After", "Change"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in diff.teams:
        change = row["leads_after"] - row["leads_before"]
        table.add_row(
            "[dim]no team[/]" if row["team"] is None else escape(row["team"]),
            f"{row['leads_before']:,}",
            f"{row['leads_after']:,}",
            f"{change:+,}" if change else "0",
        )
    return table


def mover_table(diff: ConfigurationDiff) -> Table:
    """Return the leads whose score changes most: two lines each, before and after."""
    table = Table(title="Leads that move most", title_justify="left", box=box.SIMPLE)
    table.add_column("Lead", overflow="fold")
    for name in ("Score", "Rank"):
        table.add_column(name, no_wrap=True)
    table.add_column("Stage", overflow="fold")
    table.add_column("Moved by", overflow="fold")
    for row in diff.movers:
        table.add_row(
            escape(row["lead_id"]),
            _then(plain(row["score_before"]), plain(row["score_after"])),
            _then(_rank(row["rank_before"]), _rank(row["rank_after"])),
            _then(escape(row["stage_before"]), escape(row["stage_after"])),
            "\n".join(_causes(row)),
        )
    return table


def _then(before: str, after: str) -> str:
    """Return both on a line each, or the one where nothing changes."""
    return f"  {before}" if before == after else f"  {before}\n→ {after}"


def _causes(row: dict[str, Any]) -> list[str]:
    causes = [
        (f"{escape(row[name])} ", row[f"{name}_change"])
        for name in ("criterion_1", "criterion_2", "criterion_3")
        if row[name] is not None
    ]
    causes.append(("[dim]other criteria[/] ", row["other_criteria_change"]))
    causes.append(("[dim]limits[/] ", row["limits_change"]))
    shown = ((name, change.quantize(_SHOWN_STEP)) for name, change in causes)
    return [f"{name}{'+' if change > 0 else ''}{plain(change)}" for name, change in shown if change]


def _count(leads: int) -> str:
    return f"{leads:,}" if leads else _NONE


def _rank(rank: int | None) -> str:
    return _NONE if rank is None else f"{rank:,}"
