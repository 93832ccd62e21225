"""How a calibration is told: the model card of the proposal, tables, sentences, plain values."""

from __future__ import annotations

from dataclasses import asdict
from shlex import quote
from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table

from lead_scoring.evaluation_report import can_tell, leak_sentence, may_leak
from lead_scoring.figures import counted, plain
from lead_scoring.scoring_run import DEMO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lead_scoring.calibration import Calibration
    from lead_scoring.calibration_data import Part
    from lead_scoring.point_fit import Suggestion
    from lead_scoring.regression import Estimate
    from lead_scoring.thresholds import MovedThreshold

_NONE = "·"
_CHANCE = 0.5
_FIGURES = {
    "auc": "AUC",
    "average_precision": "average precision",
    "brier_score": "Brier score",
    "log_loss": "log loss",
}


def calibration_facts(calibration: Calibration) -> dict[str, Any]:
    """Return the calibration as plain values for a JSON report."""
    past = calibration.request.past
    return {
        "proposal": str(calibration.request.proposal),
        "inputs": calibration.inputs_kind,
        "model": calibration.model,
        "challenger": calibration.request.challenger,
        "basis": past.basis,
        "horizon_days": past.horizon_days,
        "known_until": calibration.known_until,
        "warnings": [
            problem.as_dict() for problem in (*calibration.rejected, *calibration.warnings)
        ],
        "notes": calibration.notes,
        "train": asdict(calibration.train),
        "test": asdict(calibration.test),
        "dates_left_out": calibration.dates_left_out,
        "is_split_by_lead": calibration.is_split_by_lead,
        "is_validated_by_lead": calibration.is_validated_by_lead,
        "points_penalty": calibration.points.penalty,
        "probability_penalty": calibration.probability_penalty,
        "points": [asdict(each) for each in calibration.points.suggestions],
        "points_kept": calibration.points.kept,
        "thresholds": [asdict(each) for each in calibration.thresholds],
        "half_lives": {
            policy: {"before": before, "after": after}
            for policy, (before, after) in calibration.points.half_lives.items()
        },
        "conversion_model": calibration.terms,
        "figures": {
            name: {key: asdict(estimate) for key, estimate in figures.items()}
            for name, figures in calibration.figures.items()
        },
        "auc_difference": asdict(calibration.auc_difference),
        "fifths": [asdict(each) for each in calibration.fifths],
    }


def data_sentences(calibration: Calibration) -> list[str]:
    """Return what was learnt from, what was tested, and what was left out."""
    sentences = [
        f"Learnt from {_told(calibration.train)}",
        f"Tested on {_told(calibration.test)}",
    ]
    if calibration.is_split_by_lead:
        sentences.append(
            "There is one date only, so a hash of the lead's id decides which leads are learnt "
            "from (70 in 100): the test says nothing of another time"
        )
    if calibration.dates_left_out:
        left_out = calibration.dates_left_out
        sentences.append(
            f"Left out: {counted(len(left_out), 'date')} from {left_out[0]} to {left_out[-1]}, "
            "whose horizon reaches beyond the first test date"
        )
    return sentences


def verdict_sentence(calibration: Calibration) -> str:
    """Return whether the proposal ranks better, and whether it ranks at all."""
    proposal, present, joint = "The proposal", "the present points", "after"
    if calibration.request.challenger is not None:
        proposal, present = f"Model {calibration.request.challenger}", f"model {calibration.model}"
        joint = "against"
    before, after = (calibration.figures[f"score_{side}"]["auc"] for side in ("before", "after"))
    gained = calibration.auc_difference
    auc = f"AUC {_interval(after)} {joint} {_interval(before)}"
    is_known = can_tell(calibration.test.converted_leads, calibration.test.other_leads)
    if not is_known or after.low is None or gained.low is None or gained.high is None:
        return f"Too few leads convert, or don't, to tell what it is worth ({auc})"
    if after.low <= _CHANCE:
        return f"{proposal} has no lift beyond noise: don't use it ({auc}; chance is 0.5)"
    difference = f"the difference is {_interval(gained)}"
    if gained.low > 0:
        return f"{proposal} ranks better than {present} ({auc}; {difference})"
    if gained.high < 0:
        return f"{proposal} ranks worse than {present}: don't use it ({auc}; {difference})"
    return f"{proposal} ranks no better than {present} beyond noise ({auc}; {difference})"


def leak_sentences(calibration: Calibration) -> list[str]:
    """Return for each of the two scores whose AUC is too good what to do about it."""
    names = _sides(calibration, "the score before", "the score after")
    aucs = [calibration.figures[side]["auc"].figure for side in ("score_before", "score_after")]
    test = calibration.test
    return [
        f"Mind {name}: {leak_sentence(auc)}"
        for name, auc in zip(names, aucs, strict=True)
        if may_leak(auc, test.converted_leads, test.other_leads)
    ]


def next_sentences(calibration: Calibration) -> list[str]:
    """Return where the proposal is, and what to do with it."""
    request = calibration.request
    config = f"--config {quote(str(request.proposal))}"
    if request.challenger is None:
        return [
            f"Wrote the proposal to {request.proposal}. See what it would change with diff {config}"
        ]
    horizon = f"--horizon {request.past.horizon_days}"
    if calibration.is_split_by_lead:
        compare = (
            "Compare them on dates from the end of the horizon on, with inputs like these: "
            f"evaluate {config} {horizon}"
        )
    else:
        test = calibration.test.dates
        dates = f"--from {test[0]} --to {test[-1]} --every {request.past.dates.every}"
        compare = (
            "Compare them on dates that it has not learnt from, with the inputs, --basis and "
            f"--as-of of this calibration: evaluate {config} {dates} {horizon}"
        )
    return [
        f"Wrote model {request.challenger}, beside model {calibration.model}, to "
        f"{request.proposal}",
        compare,
        f"Then make it the champion: promote {quote(request.challenger)} {config}",
    ]


def suggestion_table(calibration: Calibration) -> Table:
    """Return the points as they are and as suggested, the greatest change first."""
    challenger = calibration.request.challenger
    title = f"Points of model {calibration.model}"
    if challenger is not None:
        title += f", suggested for {challenger}"
    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE)
    table.add_column("Criterion", overflow="fold")
    for name in ("Meets", "Points", "Suggested", "Interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in _by_change(calibration):
        table.add_row(escape(each.criterion_id), *_suggested(each))
    return table


def threshold_table(calibration: Calibration) -> Table:
    """Return the thresholds of stages and bands as they are and as suggested."""
    title = "Thresholds, and the share of the scores that reach them"
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    table.add_column("", overflow="fold")
    table.add_column("Column", no_wrap=True)
    for name in ("Present", "Share", "Suggested", "Share"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in calibration.thresholds:
        table.add_row(escape(each.place), each.column, *_moved(each))
    return table


def figure_table(calibration: Calibration) -> Table:
    """Return the figures before and after, of what was not learnt from."""
    table = Table(title="On what was not learnt from", title_justify="left", box=box.SIMPLE)
    table.add_column("", overflow="fold")
    for name in _sides(calibration, "Before", "After"):
        table.add_column(escape(name), justify="right", overflow="fold")
    for row in _figure_rows(calibration):
        table.add_row(*row)
    return table


def card(calibration: Calibration) -> str:
    """Return the model card, in Markdown."""
    past = calibration.request.past
    points = calibration.points
    leaks = leak_sentences(calibration)
    validation = "by lead" if calibration.is_validated_by_lead else "forward in time"
    sections = [
        f"# Model card: {_calibrated(calibration)}",
        " ".join(f"{told}." for told in [verdict_sentence(calibration), *leaks]),
        "## Data",
        _items(
            [
                *data_sentences(calibration),
                *(each.message for each in calibration.rejected),
                f"Converted is a lead that is won within {counted(past.horizon_days, 'day')} of "
                f"the date; outcomes are known up to {calibration.known_until}; the past is read "
                f"{past.basis}",
                "The data is "
                + ("the demo's" if calibration.inputs_kind == DEMO else "the user's")
                + f"; the rules are those of `{past.configuration}`",
                f"Points: penalty C = {points.penalty:g}, probability: penalty C = "
                f"{calibration.probability_penalty:g}, both chosen by cross-validation "
                f"{validation} within what was learnt from",
            ]
        ),
        "## Before and after",
        "On what was not learnt from, with intervals that hold the truth about 95 times in 100.",
        _table(("", *_sides(calibration, "before", "after")), _figure_rows(calibration)),
        "Conversion probability, in fifths from the highest:",
        _table(
            ("scores", "predicted", "observed"),
            (
                (f"{each.lead_dates:,}", f"{each.predicted:.4f}", f"{each.observed:.4f}")
                for each in calibration.fifths
            ),
        ),
        "## Points",
        "The greatest change first. The interval is of the points before they are rounded and held "
        "by the cap on change; it is worked out without each sixteenth of the leads in turn.",
        _table(
            ("criterion", "meets", "points", "suggested", "interval"),
            ((each.criterion_id, *_suggested(each)) for each in _by_change(calibration)),
        ),
        *_kept(calibration),
        "## Half-lives",
        _half_lives(calibration),
        "## Thresholds",
        _thresholds(calibration),
        "## What it does not know",
        _items(_unknown(calibration)),
    ]
    return "\n\n".join(sections) + "\n"


def _calibrated(calibration: Calibration) -> str:
    if calibration.request.challenger is None:
        return f"{calibration.model}, calibrated"
    return f"{calibration.request.challenger}, calibrated from {calibration.model}"


def _sides(calibration: Calibration, before: str, after: str) -> tuple[str, str]:
    """Return the two models by their names, or what was and what is where they have the same."""
    challenger = calibration.request.challenger
    return (before, after) if challenger is None else (calibration.model, challenger)


def _kept(calibration: Calibration) -> list[str]:
    kept = calibration.points.kept
    if not kept:
        return []
    names = ", ".join(f"`{name}`" for name in kept)
    return [f"These keep their points, since too few leads meet them, or don't, to tell: {names}."]


def _half_lives(calibration: Calibration) -> str:
    challenger, points = calibration.request.challenger, calibration.points
    if not points.half_lives:
        shared = " that no other model uses" if challenger is None else ""
        return f"None was searched: the model has no exponential decay policy{shared}."
    table = _table(
        ("decay policy", "half_life_days", "suggested"),
        (
            (policy, f"{before.normalize():f}", f"{after.normalize():f}")
            for policy, (before, after) in points.half_lives.items()
        ),
    )
    if challenger is None or not points.changed_half_lives:
        return table
    return (
        f"{table}\n\nWhere the half-life is another, model {challenger} has a policy of its own; "
        f"model {calibration.model} keeps its policy."
    )


def _thresholds(calibration: Calibration) -> str:
    if not calibration.thresholds:
        return "Neither stages nor bands have any."
    table = _table(
        ("of", "column", "present", "reached by", "suggested", "reached by"),
        ((each.place, each.column, *_moved(each)) for each in calibration.thresholds),
    )
    return (
        "Each is moved so that about as many of the scores that were learnt from reach it as "
        f"before, those of excluded leads apart.\n\n{table}"
    )


def _moved(each: MovedThreshold) -> tuple[str, str, str, str]:
    return (
        plain(each.before),
        f"{each.share_before:.1%}",
        plain(each.after),
        f"{each.share_after:.1%}",
    )


def _unknown(calibration: Calibration) -> Iterable[str]:
    promoted = "" if calibration.request.challenger is None else " once it is the champion"
    yield (
        "Why a lead converts. Points say what went with conversions, also where sales worked "
        "those leads more"
    )
    yield (
        "What a lead's attributes were on the date, where the inputs have them only as they are "
        "now. An AUC above .95 says more of such a leak than of good rules"
    )
    yield (
        "Leads that were won or lost by a date, and those of unknown created_at: they are in "
        "neither part"
    )
    yield (
        "Limits: those of groups and dimensions stay as they are, and so do the model's, but that "
        "its `min_score`, where it is above the lowest sum of the suggested points, "
        f"{calibration.points.lowest_sum}, is lowered to it. Where limits bite, points count for "
        "less than was fitted"
    )
    yield (
        "How many leads meet all that a stage asks for: each threshold was moved by itself; "
        f"`diff` shows the effect on stages{promoted}"
    )
    yield (
        "In a group of which the greatest contribution counts, which one that is under the "
        "suggested points: they were fitted to the one that counts now"
    )
    if calibration.is_split_by_lead:
        yield "Another time: all leads are of one date"
    else:
        yield f"Anything after {calibration.test.dates[-1]}"
        yield (
            "How it does on leads that are all new: one that is tested may have been learnt from "
            "on an earlier date"
        )


def _figure_rows(calibration: Calibration) -> list[tuple[str, str, str]]:
    figures = calibration.figures
    rows = []
    for kind in ("score", "probability"):
        before, after = figures.get(f"{kind}_before", {}), figures[f"{kind}_after"]
        rows += [
            (
                f"{_FIGURES[name]} of the {kind}",
                _interval(before[name]) if name in before else _NONE,
                _interval(estimate),
            )
            for name, estimate in after.items()
        ]
    return rows


def _by_change(calibration: Calibration) -> list[Suggestion]:
    return sorted(
        calibration.points.suggestions, key=lambda each: (-abs(each.change), each.criterion_id)
    )


def _suggested(each: Suggestion) -> tuple[str, str, str, str]:
    interval = (
        _NONE
        if each.low is None or each.high is None
        else f"{_tenths(each.low)} to {_tenths(each.high)}"
    )
    return f"{each.share:.1%}", plain(each.before), str(each.after), interval


def _tenths(points: float) -> str:
    # Adding 0 takes the sign from a zero.
    return f"{round(points, 1) + 0.0:.1f}"


def _told(part: Part) -> str:
    return (
        f"{part.leads:,} leads on {part.period}: {part.lead_dates:,} scores, "
        f"{part.conversions:,} of them followed by a win "
        f"({part.conversions / part.lead_dates:.1%})"
    )


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.figure:.4f}"
    return f"{estimate.figure:.4f} ({estimate.low:.4f} to {estimate.high:.4f})"


def _items(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}." for sentence in sentences)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
