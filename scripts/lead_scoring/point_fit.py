"""Points, half-lives and coefficients of a proposal, from what criteria counted on past dates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from lead_scoring.errors import UsageError
from lead_scoring.regression import Fitted, choose_penalty, fit, fit_signed, jackknife

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lead_scoring.calibration_data import Flags, Floats, Observations
    from lead_scoring.proposal import Criterion, Measured

# A criterion that fewer leads meet, or fewer don't, keeps its points: nobody can tell.
FEWEST_MATCHES = 20
# The range of the scores of a model that gives everybody the same.
_RANGE_OF_NOTHING = 100.0
# The decimals of a coefficient in the seed.
_COEFFICIENT_DECIMALS = 10


@dataclass(frozen=True)
class Suggestion:
    """The points of one criterion, as they are and as suggested; the interval is unrounded."""

    criterion_id: str
    share: float
    before: Decimal
    after: int
    low: float | None
    high: float | None

    @property
    def change(self) -> Decimal:
        """By how much the points change."""
        return self.after - self.before


@dataclass(frozen=True)
class PointFit:
    """Suggested points, and how they were found.

    `half_lives` are those that there are and those suggested, `lowest_sum` the fewest points that
    the suggestion gives a lead that was learnt from, rounded down.
    """

    suggestions: list[Suggestion]
    kept: list[str]
    half_lives: dict[str, tuple[Decimal, Decimal]]
    penalty: float
    lowest_sum: int

    @property
    def changed_half_lives(self) -> dict[str, Decimal]:
        """The half-lives that are suggested in place of another, by the policy."""
        return {
            policy: after for policy, (before, after) in self.half_lives.items() if after != before
        }


@dataclass(frozen=True)
class Limits:
    """What a user asked of the points: to keep their signs, to change by no more than this."""

    keeps_signs: bool
    max_change: int | None


def fit_points(
    observations: Observations,
    columns: Sequence[Measured],
    criteria: Sequence[Criterion],
    searched: Mapping[str, Decimal],
    train: Flags,
    folds: Sequence[tuple[Flags, Flags]],
    limits: Limits,
) -> PointFit:
    """Fit points to the training rows, so that scores have the range of the present ones.

    Raises:
        UsageError: no criterion has enough leads that meet it, and that don't.
    """
    place = {
        (column.criterion_id, column.half_life_days): number
        for number, column in enumerate(columns)
    }
    chosen = dict(searched)

    def counted(half_lives: Mapping[str, Decimal]) -> Floats:
        """Return what each criterion counts with these half-lives, a column for each."""
        own = [
            place[each.criterion_id, half_lives.get(each.decay_policy or "")] for each in criteria
        ]
        return _counting(observations.earned[:, own], criteria)

    features = counted(chosen)
    told = [
        number
        for number, each in enumerate(criteria)
        if each.worth > 0 and _can_be_told(features[:, number], observations, train)
    ]
    if not told:
        raise UsageError(
            "no criterion can be calibrated: each is met by fewer than "
            f"{FEWEST_MATCHES} leads to train on, or by all but so few"
        )
    penalty, loss = choose_penalty(features[:, told], observations.won, folds)
    for policy in sorted(searched):
        for tried in _tried(columns, criteria, policy):
            other = counted({**chosen, policy: tried})
            other_penalty, other_loss = choose_penalty(other[:, told], observations.won, folds)
            if other_loss < loss:
                chosen[policy] = tried
                features, penalty, loss = other, other_penalty, other_loss
    suggestions = _suggestions(
        features[train][:, told],
        observations,
        [criteria[number] for number in told],
        train,
        penalty,
        limits,
    )
    points = {each.criterion_id: Decimal(each.after) for each in suggestions}
    worths = [float(points.get(each.criterion_id, each.points)) * each.worth for each in criteria]
    return PointFit(
        suggestions=suggestions,
        kept=[each.criterion_id for number, each in enumerate(criteria) if number not in told],
        half_lives={policy: (days, chosen[policy]) for policy, days in searched.items()},
        penalty=penalty,
        lowest_sum=floor((features[train] @ np.array(worths)).min()),
    )


def fit_probability(
    observations: Observations,
    criterion_ids: Sequence[str],
    train: Flags,
    folds: Sequence[tuple[Flags, Flags]],
) -> tuple[dict[str, Decimal], Floats, float]:
    """Fit the probability on what criteria earn under the rules that it will belong to.

    Returns:
        The terms of the conversion model, the probability of every row, and the penalty.

    Raises:
        UsageError: no criterion earns anybody anything.
    """
    earns = [
        number
        for number in range(len(criterion_ids))
        if _can_be_told(observations.earned[:, number], observations, train)
    ]
    if not earns:
        raise UsageError("nothing is left to score by: the suggested points are 0 throughout")
    features = observations.earned[:, earns]
    penalty, _ = choose_penalty(features, observations.won, folds)
    fitted = fit(features[train], observations.won[train], penalty)
    names = ["intercept", *(criterion_ids[number] for number in earns)]
    figures = [fitted.intercept, *fitted.coefficients]
    terms = {
        name: round(Decimal(float(figure)), _COEFFICIENT_DECIMALS)
        for name, figure in zip(names, figures, strict=True)
    }
    return terms, _written(terms, len(earns)).probabilities(features), penalty


def _written(terms: Mapping[str, Decimal], features: int) -> Fitted:
    """Return the regression with the coefficients as the seed has them."""
    intercept, *coefficients = map(float, terms.values())
    return Fitted(intercept, np.array(coefficients).reshape(features))


def _tried(
    columns: Sequence[Measured], criteria: Sequence[Criterion], policy: str
) -> list[Decimal]:
    users = {each.criterion_id for each in criteria if each.decay_policy == policy}
    return list(
        dict.fromkeys(
            column.half_life_days
            for column in columns
            if column.criterion_id in users and column.half_life_days is not None
        )
    )


def _counting(earned: Floats, criteria: Sequence[Criterion]) -> Floats:
    """Return what counts: in a group whose greatest contribution counts, that one alone."""
    counting: Floats = earned.copy()
    for group in sorted({each.group_id for each in criteria if not each.sums}):
        own = [number for number, each in enumerate(criteria) if each.group_id == group]
        points = np.array([float(criteria[number].points) for number in own])
        worth = np.where(earned[:, own] > 0, earned[:, own] * points, -np.inf)
        greatest = worth.argmax(axis=1)
        for column, number in enumerate(own):
            counting[greatest != column, number] = 0
    return counting


def _can_be_told(feature: Floats, observations: Observations, train: Flags) -> bool:
    meets = len(set(observations.leads[train & (feature != 0)]))
    misses = len(set(observations.leads[train & (feature == 0)]))
    if min(meets, misses) >= FEWEST_MATCHES:
        return True
    # What everybody has may still differ in size.
    return meets >= FEWEST_MATCHES and len(np.unique(feature[train & (feature != 0)])) > 1


def _suggestions(
    features: Floats,
    observations: Observations,
    criteria: Sequence[Criterion],
    train: Flags,
    penalty: float,
    limits: Limits,
) -> list[Suggestion]:
    won = observations.won[train]
    worth = np.array([each.worth for each in criteria])
    signs = [
        (each.points > 0) - (each.points < 0) if limits.keeps_signs else 0 for each in criteria
    ]
    coefficients, margins = jackknife(
        observations.groups[train],
        lambda kept: fit_signed(features[kept], won[kept], penalty, signs),
    )
    present = float(np.ptp(observations.scores[train]))
    spread = float(np.ptp(features @ coefficients))
    scale = (present or _RANGE_OF_NOTHING) / (spread or 1.0)
    points = coefficients * scale / worth
    halves = None if margins is None else margins * scale / worth
    return [
        Suggestion(
            criterion_id=each.criterion_id,
            share=float((features[:, number] != 0).mean()),
            before=each.points,
            after=_whole(points[number], each.points, limits),
            low=None if halves is None else float(points[number] - halves[number]),
            high=None if halves is None else float(points[number] + halves[number]),
        )
        for number, each in enumerate(criteria)
    ]


def _whole(points: float, before: Decimal, limits: Limits) -> int:
    """Return whole points within the greatest change."""
    whole = round(points)
    if limits.max_change is None:
        return whole
    return min(max(whole, ceil(before - limits.max_change)), floor(before + limits.max_change))
