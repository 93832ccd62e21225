"""Points, signs and half-lives that are fitted to made-up measurements, without a warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from hashlib import md5

import numpy as np
import pytest

from lead_scoring.calibration_data import Observations, folds, split_observations
from lead_scoring.errors import UsageError
from lead_scoring.point_fit import Limits, PointFit, fit_points
from lead_scoring.proposal import Criterion, Measured

FIRST = date(2026, 1, 5)
HORIZON = 7
WEEKS = 12
LEADS = 250
FREE = Limits(keeps_signs=False, max_change=None)


def criterion(
    name: str, points: int, *, group: str = "own", sums: bool = True, policy: str | None = None
) -> Criterion:
    return Criterion(name, group, Decimal(points), 1.0, sums, policy)


def observed(earned: np.ndarray, log_odds: np.ndarray) -> Observations:
    """Return every lead on every date, with what columns earned it and a win as likely as said."""
    rows = LEADS * WEEKS
    leads = np.array([f"L{number % LEADS}" for number in range(rows)], dtype=object)
    chance = np.random.default_rng(1).random(rows)
    return Observations(
        leads=leads,
        dates=np.array(
            [FIRST + timedelta(weeks=number // LEADS) for number in range(rows)], dtype=object
        ),
        groups=np.array([md5(lead.encode()).hexdigest()[0] for lead in leads], dtype=object),
        won=(chance < 1 / (1 + np.exp(-log_odds))).astype(np.int64),
        excluded=np.zeros(rows, dtype=np.bool_),
        measures={"score": np.arange(rows) % 101.0},
        probabilities=np.full(rows, np.nan),
        earned=earned,
    )


def fitted(
    observations: Observations,
    criteria: Sequence[Criterion],
    columns: Sequence[Measured] | None = None,
    limits: Limits = FREE,
) -> PointFit:
    split = split_observations(observations, FIRST + timedelta(weeks=9), HORIZON)
    validation, is_by_lead = folds(observations, split, HORIZON)
    assert not is_by_lead
    searched = {each.decay_policy: Decimal(8) for each in criteria if each.decay_policy}
    return fit_points(
        observations,
        columns or [Measured(each.criterion_id) for each in criteria],
        criteria,
        searched,
        split.train,
        validation,
        limits,
    )


def points(fit: PointFit) -> dict[str, int]:
    return {each.criterion_id: each.after for each in fit.suggestions}


def test_every_fold_judges_what_was_unknown_to_it() -> None:
    observations = observed(np.ones((LEADS * WEEKS, 1)), np.zeros(LEADS * WEEKS))
    split = split_observations(observations, FIRST + timedelta(weeks=9), HORIZON)
    validation, _ = folds(observations, split, HORIZON)
    assert len(validation) == 5
    for learnt, judged in validation:
        assert not (learnt & split.test).any()
        assert not (judged & ~split.train).any()
        ends = max(observations.dates[learnt]) + timedelta(days=HORIZON)
        assert ends <= min(observations.dates[judged])
    last = max(observations.dates[split.train])
    assert last + timedelta(days=HORIZON) <= min(observations.dates[split.test])


def test_the_half_life_that_made_the_wins_is_found() -> None:
    draw = np.random.default_rng(2)
    ages = draw.integers(0, 40, LEADS * WEEKS)
    half_lives = [Decimal(8) * by for by in (1, Decimal("0.25"), Decimal("0.5"), 2, 4)]
    worth = np.column_stack([0.5 ** (ages / float(days)) for days in half_lives])
    fit = fitted(
        observed(worth, 5 * worth[:, 1] - 2),
        [criterion("views", 10, policy="fading")],
        [Measured("views", days) for days in half_lives],
    )
    assert fit.half_lives == {"fading": (Decimal(8), Decimal(2))}
    assert points(fit)["views"] > 50


def test_the_greatest_of_a_group_counts_alone() -> None:
    draw = np.random.default_rng(3)
    near = draw.random(LEADS * WEEKS) < 0.3
    far = near | (draw.random(LEADS * WEEKS) < 0.4)
    earned = np.column_stack([far, near]).astype(float)
    criteria = [
        criterion("far", 10, group="steps", sums=False),
        criterion("near", 20, group="steps", sums=False),
    ]
    found = points(fitted(observed(earned, 1.0 * far + 1.0 * near - 2), criteria))
    # Whoever is near is far too: near holds both, and no point of far is added.
    assert found["near"] == pytest.approx(100, abs=1)
    assert found["far"] == pytest.approx(50, abs=10)


def test_signs_are_kept_and_the_rest_is_fitted_anew() -> None:
    draw = np.random.default_rng(4)
    earned = (draw.random((LEADS * WEEKS, 2)) < 0.5).astype(float)
    observations = observed(earned, earned @ np.array([1.5, -1.5]) - 1)
    criteria = [criterion("up", 10), criterion("down", 10)]
    assert points(fitted(observations, criteria))["down"] < -40
    kept = fitted(observations, criteria, limits=Limits(keeps_signs=True, max_change=None))
    assert points(kept) == {"up": 100, "down": 0}
    assert kept.lowest_sum == 0
    held = fitted(observations, criteria, limits=Limits(keeps_signs=False, max_change=15))
    assert points(held) == {"up": 25, "down": -5}
    assert held.lowest_sum == -5


def test_a_criterion_that_nobody_can_tell_is_kept() -> None:
    earned = np.zeros((LEADS * WEEKS, 3))
    earned[::2, 0] = 1
    earned[[number % LEADS < 10 for number in range(LEADS * WEEKS)], 1] = 1
    earned[:, 2] = 1
    criteria = [criterion(name, 10) for name in ("half", "ten_leads", "everybody")]
    fit = fitted(observed(earned, earned[:, 0] - 1), criteria)
    assert fit.kept == ["ten_leads", "everybody"]
    with pytest.raises(UsageError, match="no criterion can be calibrated"):
        fitted(observed(earned[:, 1:], earned[:, 0] - 1), criteria[1:])
