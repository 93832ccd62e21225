"""The figures of an evaluation by scikit-learn and by brute force, from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import md5
from math import sqrt
from typing import Any

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
    roc_curve,
)

Row = Mapping[str, Any]
# Student's t of 15 degrees of freedom.
STUDENT = 2.1314495456
SHARES = (5, 10, 20, 30)


def figures(rows: Sequence[Row]) -> dict[str, float | None]:
    """Return what the summary says of rows, each with conversions, score and probability."""
    won = np.array([row["conversions"] for row in rows])
    scores = np.array([float(row["score"]) for row in rows])
    found: dict[str, float | None] = {"base_rate": float(won.mean())}
    if 0 < won.sum() < len(won):
        found["auc"] = roc_auc_score(won, scores)
        found["average_precision"] = average_precision_score(won, scores)
        false_positives, true_positives, _ = roc_curve(won, scores, drop_intermediate=False)
        found["ks"] = float(max(abs(true_positives - false_positives)))
        for share in SHARES:
            found[f"capture_{share}"] = capture(won, scores, share / 100)
    if rows[0]["conversion_probability"] is not None:
        chances = np.array([float(row["conversion_probability"]) for row in rows])
        found["brier_score"] = brier_score_loss(won, chances)
        found["log_loss"] = log_loss(won, chances, labels=[0, 1])
        if 0 < won.sum() < len(won):
            found["probability_auc"] = roc_auc_score(won, chances)
    return found


def capture(won: np.ndarray, scores: np.ndarray, share: float) -> float:
    """Return the share of the conversions in the best rows: what ties bring on average."""
    left = share * len(won)
    taken = 0.0
    for score in sorted(set(scores), reverse=True):
        here = won[scores == score]
        part = min(1.0, max(0.0, left / len(here)))
        taken += part * here.sum()
        left -= len(here)
    return float(taken / won.sum())


def group_of(lead_id: str) -> str:
    """Return the sixteenth of the leads that a lead belongs to."""
    return md5(lead_id.encode()).hexdigest()[0]


def margin(rows: Sequence[Row], figure: Callable[[Sequence[Row]], float | None]) -> float | None:
    """Return half the width of the interval of a figure, by leaving each sixteenth out."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[group_of(row["lead_id"])].append(row)
    if len(groups) < 16:
        return None
    values = [
        figure([row for other, own in groups.items() if other != left_out for row in own])
        for left_out in groups
    ]
    if any(value is None for value in values):
        return None
    known = [float(value) for value in values if value is not None]
    mean = sum(known) / 16
    return STUDENT * sqrt(15 / 16 * sum((value - mean) ** 2 for value in known))
