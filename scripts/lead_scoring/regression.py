"""The statistics of a calibration: logistic regressions by scikit-learn, and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lead_scoring.calibration_data import Flags, Floats

# Inverse strengths of the penalty, the strongest first.
PENALTIES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
# So near to the optimum that the order of rows shows in no probability.
_TOLERANCE = 1e-9
_MOST_STEPS = 10_000
# Student's t of 15 degrees of freedom, as in the evaluation.
_STUDENT = 2.1314495456
_SIXTEEN = 16


@dataclass(frozen=True)
class Fitted:
    """A logistic regression in the units of its features."""

    intercept: float
    coefficients: Floats

    def probabilities(self, features: Floats) -> Floats:
        """Return the probability of a conversion for each row."""
        return np.asarray(1 / (1 + np.exp(-(self.intercept + features @ self.coefficients))))


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval, None where it can't be told."""

    figure: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Fifth:
    """A fifth of the leads by probability: what was predicted, and what happened."""

    lead_dates: int
    predicted: float
    observed: float


def fit(features: Floats, won: NDArray[np.int64], penalty: float) -> Fitted:
    """Fit with a penalty on coefficients of features that were brought to one scale."""
    scaler = StandardScaler()
    model = LogisticRegression(C=penalty, tol=_TOLERANCE, max_iter=_MOST_STEPS)
    make_pipeline(scaler, model).fit(features, won)
    coefficients = model.coef_[0] / scaler.scale_
    return Fitted(float(model.intercept_[0] - scaler.mean_ @ coefficients), coefficients)


def fit_signed(
    features: Floats, won: NDArray[np.int64], penalty: float, signs: Sequence[int]
) -> Floats:
    """Return coefficients of which none has the sign against its own in `signs`; 0 is free.

    What would have it is left out, and the rest fitted anew.
    """
    found = np.zeros(features.shape[1])
    kept = list(range(features.shape[1]))
    while kept:
        coefficients = fit(features[:, kept], won, penalty).coefficients
        right = [
            place for place, own in zip(kept, coefficients, strict=True) if signs[place] * own >= 0
        ]
        if right == kept:
            found[kept] = coefficients
            break
        kept = right
    return found


def choose_penalty(
    features: Floats, won: NDArray[np.int64], folds: Sequence[tuple[Flags, Flags]]
) -> tuple[float, float]:
    """Return the penalty of the least log loss in cross-validation, and that log loss."""
    losses = {
        penalty: np.average(
            [
                log_loss(
                    won[judged],
                    fit(features[fitted], won[fitted], penalty).probabilities(features[judged]),
                )
                for fitted, judged in folds
            ],
            weights=[judged.sum() for _, judged in folds],
        )
        for penalty in PENALTIES
    }
    best = min(losses, key=lambda penalty: losses[penalty])
    return best, float(losses[best])


def jackknife(
    groups: NDArray[np.object_], figure: Callable[[Flags], Floats | float]
) -> tuple[Floats, Floats | None]:
    """Return a figure of all rows, and half its interval by leaving each group of leads out."""
    everything = np.ones(len(groups), dtype=np.bool_)
    known = sorted(set(groups))
    if len(known) < _SIXTEEN:
        return np.asarray(figure(everything)), None
    without = np.array([figure(groups != group) for group in known])
    deviations = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(figure(everything)), _STUDENT * np.sqrt(deviations * 15 / _SIXTEEN)


def ranking_figures(
    won: NDArray[np.int64], scores: Floats, groups: NDArray[np.object_]
) -> dict[str, Estimate]:
    """Return how well scores tell who converts, with intervals."""
    return {
        "auc": _estimated(roc_auc_score, won, scores, groups),
        "average_precision": _estimated(average_precision_score, won, scores, groups),
    }


def probability_figures(
    won: NDArray[np.int64], chances: Floats, groups: NDArray[np.object_]
) -> dict[str, Estimate]:
    """Return how well probabilities tell who converts, and how far off they are."""
    return {
        **ranking_figures(won, chances, groups),
        "brier_score": _estimated(brier_score_loss, won, chances, groups),
        "log_loss": _estimated(log_loss, won, chances, groups),
    }


def auc_difference(
    won: NDArray[np.int64], before: Floats, after: Floats, groups: NDArray[np.object_]
) -> Estimate:
    """Return by how much the AUC of the same rows grew, with its interval."""
    return estimated(
        won,
        groups,
        lambda kept: roc_auc_score(won[kept], after[kept]) - roc_auc_score(won[kept], before[kept]),
    )


def _estimated(
    figure: Callable[[NDArray[np.int64], Floats], float],
    won: NDArray[np.int64],
    told: Floats,
    groups: NDArray[np.object_],
) -> Estimate:
    return estimated(won, groups, lambda kept: figure(won[kept], told[kept]))


def estimated(
    won: NDArray[np.int64], groups: NDArray[np.object_], figure: Callable[[Flags], float]
) -> Estimate:
    """Return a figure with its interval, which needs both outcomes without any group."""
    if not all(0 < won[groups != group].sum() < (groups != group).sum() for group in set(groups)):
        return Estimate(figure(np.ones(len(won), dtype=np.bool_)), None, None)
    value, margin = jackknife(groups, figure)
    if margin is None:
        return Estimate(float(value), None, None)
    return Estimate(float(value), float(value - margin), float(value + margin))


def fifths(won: NDArray[np.int64], chances: Floats) -> list[Fifth]:
    """Return the mean probability and the rate of conversions of each fifth, the highest first."""
    return [
        Fifth(len(part), float(chances[part].mean()), float(won[part].mean()))
        for part in np.array_split(np.argsort(-chances, kind="stable"), 5)
    ]
