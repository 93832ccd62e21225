"""Thresholds move with the points: as many leads reach them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_scoring.calibration_data import Observations
from lead_scoring.proposal import Threshold
from lead_scoring.thresholds import MovedThreshold, matched, move_thresholds


def moved(thresholds: list[str], before: list[float], after: list[float]) -> list[str]:
    found = matched({Decimal(each) for each in thresholds}, np.array(before), np.array(after))
    return [str(found[Decimal(each)]) for each in thresholds]


@pytest.mark.parametrize(
    ("thresholds", "before", "after", "wanted"),
    [
        # Two of four reach 50, and one reaches 80.
        (["50", "80"], [10, 40, 60, 90], [-5.0, 3.5, 7.2, 11.8], ["7", "11"]),
        # Nothing changes, so nothing moves; nor does what nobody reaches, or everybody.
        (["5", "50", "95"], [10, 40, 60, 90], [10, 40, 60, 90], ["5", "50", "95"]),
        (["5", "95"], [10, 40, 60, 90], [-8, 3, 5, 97], ["-8", "98"]),
        # Of two that fit as badly the lower one is taken.
        (["50"], [10, 40, 60, 90], [20, 20, 20, 20], ["20"]),
        # What one of four reached is reached by all, sooner than by nobody.
        (["80"], [10, 40, 60, 90], [20, 20, 20, 20], ["20"]),
        # As fine as the finest that there is.
        (["0.25", "0.5"], [0.1, 0.3, 0.6, 0.9], [0.04, 0.08, 0.13, 0.2], ["0.08", "0.13"]),
        (["40.5"], [10, 40, 60, 90], [1, 2.25, 3.46, 4], ["3.4"]),
        # What parted leads before still differs, where they are alike now.
        (["30", "50", "70"], [10, 40, 60, 90], [4, 4, 4, 4], ["2", "3", "4"]),
        # What as many reach parts below the figures that reach them all.
        (
            ["38", "40"],
            [0, 0, 20, 20, 40, 40, 45],
            [-10, -10, 3, 3, 15, 15, 20],
            ["14", "15"],
        ),
        (["10", "50"], [5, 60], [12, 90], ["49", "50"]),
        (["30"], [], [], ["30"]),
    ],
)
def test_as_many_reach_a_moved_threshold(
    thresholds: list[str], before: list[float], after: list[float], wanted: list[str]
) -> None:
    assert moved(thresholds, before, after) == wanted


FIGURES = st.lists(st.integers(-2000, 2000), min_size=1, max_size=40, unique=True)


@given(FIGURES, st.sets(st.integers(-30, 30), max_size=5), st.floats(0.1, 30), st.data())
def test_order_is_kept_and_the_highest_fits_as_well_as_any(
    hundredths: list[int], thresholds: set[int], scale: float, data: st.DataObject
) -> None:
    before = np.array(hundredths) / 100
    after = np.array(data.draw(st.permutations(hundredths))) / 100 * scale
    present = sorted(thresholds)
    found = matched({Decimal(each) for each in present}, before, after)
    figures = [float(found[Decimal(each)]) for each in present]
    assert all(low < high for low, high in pairwise(figures))
    if figures:
        wanted = (before >= present[-1]).sum()
        reached = [(after >= figure).sum() for figure in range(-700, 701)]
        fits = [abs(many - wanted) for many in reached if many or not wanted]
        assert abs((after >= figures[-1]).sum() - wanted) == min(fits)


def test_excluded_leads_move_no_threshold() -> None:
    def observed(scores: list[float], excluded: list[bool]) -> Observations:
        nothing = np.zeros(len(scores))
        names = np.array([f"L{number}" for number in range(len(scores))], dtype=object)
        return Observations(
            leads=names,
            dates=names,
            groups=names,
            won=nothing.astype(np.int64),
            excluded=np.array(excluded),
            measures={"score": np.array(scores)},
            probabilities=nothing,
            earned=nothing[:, None],
        )

    (moved_threshold,) = move_thresholds(
        [Threshold("stage mql", "min_score", "score", Decimal(50))],
        observed([10, 40, 60, 90, 99], [False, False, False, False, True]),
        observed([1, 4, 6, 9, 2], [False, False, False, False, True]),
        np.array([True, True, False, True, True]),
    )
    assert moved_threshold == MovedThreshold(
        place="stage mql",
        column="min_score",
        measure="score",
        before=Decimal(50),
        after=Decimal(9),
        share_before=pytest.approx(1 / 3),
        share_after=pytest.approx(1 / 3),
    )
