"""Thresholds of a proposal: as many leads reach them as reach the present ones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lead_scoring.calibration_data import Flags, Floats, Observations
    from lead_scoring.proposal import Threshold


@dataclass(frozen=True)
class MovedThreshold:
    """A threshold as it is and as suggested, each with the share (0 to 1) that reaches it.

    `place` is a stage or band, such as `stage mql` or `fit band A`, `column` that of its seed, and
    `measure` what is asked for: score, fit or engagement.
    """

    place: str
    column: str
    measure: str
    before: Decimal
    after: Decimal
    share_before: float
    share_after: float


def move_thresholds(
    thresholds: Sequence[Threshold], before: Observations, after: Observations, rows: Flags
) -> list[MovedThreshold]:
    """Return where thresholds lie among new points, so that the same shares reach them.

    Args:
        thresholds: those of a model.
        before: leads on their dates with the present points.
        after: the same with the suggested ones.
        rows: which of them to go by; excluded leads are left out.
    """
    figures = {
        measure: (
            before.measures[measure][rows & ~before.excluded],
            after.measures[measure][rows & ~after.excluded],
        )
        for measure in before.measures
    }
    found = {
        measure: matched({each.figure for each in thresholds if each.measure == measure}, *both)
        for measure, both in figures.items()
    }
    return [
        MovedThreshold(
            place=each.place,
            column=each.column,
            measure=each.measure,
            before=each.figure,
            after=found[each.measure][each.figure],
            share_before=_share(figures[each.measure][0], each.figure),
            share_after=_share(figures[each.measure][1], found[each.measure][each.figure]),
        )
        for each in thresholds
    ]


def matched(
    thresholds: Collection[Decimal], before: Floats, after: Floats
) -> Mapping[Decimal, Decimal]:
    """Return for each threshold the one that as many of the new figures reach, or nearly.

    They are whole numbers, or as fine as the finest that there is, and rise as they did. One that
    as many reach stays where it is, unless a higher one comes down to it. What was reached still
    is, be it by too many.

    Args:
        thresholds: figures that are reached from there on.
        before: finite figures of shape (n,).
        after: figures of the same leads on the new scale, of shape (n,).
    """
    step = min((Decimal((0, (1,), min(0, _exponent(each)))) for each in thresholds), default=None)
    if step is None or not len(after):
        return {each: each for each in thresholds}
    ordered = np.sort(after)
    found: dict[Decimal, Decimal] = {}
    highest = None
    # Downwards: those that as many reach then part below the figures that reach them all.
    for threshold in sorted(thresholds, reverse=True):
        reached = _reached(before, threshold)
        best = threshold
        if _reached(after, threshold) != reached:
            edge = Decimal(repr(float(ordered[-max(reached, 1)])))
            below = (edge / step).to_integral_value(ROUND_FLOOR) * step
            # What lies lower is reached by more than `below` is, and what lies higher by fewer.
            best = below
            fewer = _reached(after, below + step)
            if (fewer or not reached) and reached - fewer < _reached(after, below) - reached:
                best = below + step
        found[threshold] = best if highest is None else min(best, highest)
        highest = found[threshold] - step
    return found


def _exponent(figure: Decimal) -> int:
    exponent = figure.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _reached(figures: Floats, threshold: Decimal) -> int:
    return int((figures >= float(threshold)).sum())


def _share(figures: Floats, threshold: Decimal) -> float:
    return _reached(figures, threshold) / len(figures) if len(figures) else 0.0
