"""The figures of an example: points, probabilities and a logistic regression on the same leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from rich import box
from rich.table import Table
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from lead_scoring.calibration_data import split_observations
from lead_scoring.evaluation_report import LEAKING, leak_sentence
from lead_scoring.regression import Estimate, estimated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from lead_scoring.calibration_data import Flags, Floats, Observations
    from run_example import Example

LOGISTIC_REGRESSION = "logistic regression"
_SUSPECT = "(suspect)"
_CHANCE = 0.5
_KEYS = ("as_of_date", "lead_id")


def captured(won: NDArray[np.int64], told: Floats, share: float) -> float:
    """Return the share of the conversions among the best `share` of the leads.

    Of leads of one score where the cut falls, the part counts that fits.
    """
    _, place = np.unique(-told, return_inverse=True)
    leads, conversions = np.bincount(place), np.bincount(place, won)
    room = share * len(won) - (leads.cumsum() - leads)
    return float(np.clip(room / leads, 0, 1) @ conversions / won.sum())


def logistic_regression(
    features: Mapping[str, NDArray[Any]], won: NDArray[np.int64], train: Flags
) -> Floats:
    """Return the probability of every lead by a logistic regression on the training ones.

    Text gets a column for each value, the blank one among them; of figures a blank is the median
    with a flag. All are brought to one scale; C = 1.

    Args:
        features: Masked arrays by name, of a value per lead.
        won: 1 for each lead that converted, else 0.
        train: Which leads to learn from.
    """
    columns = []
    for values in features.values():
        blank = np.ma.getmaskarray(values)
        column = np.ma.getdata(values)
        encoder: Any
        if column.dtype.kind in "iuf":
            encoder = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
            column = np.where(blank, np.nan, column.astype(np.float64))
        else:
            encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
            column = np.where(blank, "", column.astype(str))
        encoder.fit(column[train].reshape(-1, 1))
        columns.append(encoder.transform(column.reshape(-1, 1)))
    table = np.hstack(columns)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=10_000))
    model.fit(table[train], won[train])
    return np.asarray(model.predict_proba(table)[:, 1])


class Comparison:
    """Scores of several rules and of the reference, on the leads that were not learnt from."""

    def __init__(
        self, scored: Mapping[str, Observations], reference: Path, example: Example
    ) -> None:
        """Fit the reference.

        Args:
            scored: By a label, the scores of a model; the leads are the same in all.
            reference: The Parquet file of what the reference knows of each lead and date.
            example: Says what is learnt from, and which columns are suspect.
        """
        first = next(iter(scored.values()))
        split = split_observations(first, example.train_to, example.horizon_days)
        self.test = split.test
        self.won = first.won[split.test]
        self.groups = first.groups[split.test]
        self.suspect_model = example.suspect_model
        self.told = {label: each.scores[split.test] for label, each in scored.items()}
        self.chances = {
            label: each.probabilities[split.test]
            for label, each in scored.items()
            if each.has_probabilities
        }
        features = _features(reference, first)
        kinds = {LOGISTIC_REGRESSION: set(example.suspect_columns)}
        if example.suspect_columns:
            kinds[f"{LOGISTIC_REGRESSION} {_SUSPECT}"] = set()
        for label, left_out in kinds.items():
            known = {name: each for name, each in features.items() if name not in left_out}
            told = logistic_regression(known, first.won, split.train)
            self.told[label] = self.chances[label] = told[split.test]

    def auc(self, told: Mapping[str, Floats], label: str) -> Estimate:
        """Return the AUC of scores or probabilities, with its interval."""
        return self._estimated(lambda kept: roc_auc_score(self.won[kept], told[label][kept]))

    def captured(self, label: str) -> Estimate:
        """Return the share of the conversions among the best 20 %, with its interval."""
        return self._estimated(lambda kept: captured(self.won[kept], self.told[label][kept], 0.2))

    def differences(self, label: str, other: str) -> tuple[Estimate, Estimate]:
        """Return by how much AUC and share among the best 20 % of `label` are above `other`'s."""
        own, others = self.told[label], self.told[other]
        return (
            self._estimated(
                lambda kept: (
                    roc_auc_score(self.won[kept], own[kept])
                    - roc_auc_score(self.won[kept], others[kept])
                )
            ),
            self._estimated(
                lambda kept: (
                    captured(self.won[kept], own[kept], 0.2)
                    - captured(self.won[kept], others[kept], 0.2)
                )
            ),
        )

    def table(self) -> Table:
        """Return the figures side by side."""
        table = Table(
            title=f"On {len(self.won):,} scores that were not learnt from, "
            f"{self.won.sum():,} of them followed by a win",
            title_justify="left",
            box=box.SIMPLE,
        )
        table.add_column("", overflow="fold")
        for name in ("AUC", "wins in best 20 %", "probability AUC"):
            table.add_column(name, justify="right")
        for label in self.told:
            is_suspect = self.suspect_model is not None and label.startswith(self.suspect_model)
            table.add_row(
                f"{label} {_SUSPECT}" if is_suspect else label,
                _figure(self.auc(self.told, label)),
                _figure(self.captured(label)),
                _figure(self.auc(self.chances, label)) if label in self.chances else "·",
            )
        return table

    def sentences(self, champion: str) -> Iterator[str]:
        """Tell what the figures say of the champion's points."""
        for label in self.told:
            auc = self.auc(self.told, label)
            if auc.figure > LEAKING:
                yield f"{label}: {leak_sentence(auc.figure)}"
            elif auc.low is not None and auc.low <= _CHANCE:
                yield f"{label}: no lift beyond noise (AUC {_figure(auc)}; chance is 0.5)"
        calibrated = f"{champion}, calibrated"
        for other in self.told:
            if other in (f"{champion}, without decay", LOGISTIC_REGRESSION):
                auc, share = self.differences(calibrated, other)
                yield (
                    f"{calibrated}, less {other}: {_figure(auc, '+')} AUC, "
                    f"{_figure(share, '+')} in the best 20 %"
                )
        if self.suspect_model is not None:
            yield f"{_SUSPECT}: with columns that may have been filled in afterwards; not for use"

    def _estimated(self, figure: Callable[[Flags], float]) -> Estimate:
        return estimated(self.won, self.groups, figure)


def _features(reference: Path, observations: Observations) -> dict[str, NDArray[Any]]:
    """Return what the reference knows of each lead and date, in the order of the observations."""
    with duckdb.connect() as connection:
        columns = connection.execute("select * from read_parquet(?)", [str(reference)]).fetchnumpy()
    days = columns["as_of_date"].astype("datetime64[D]").astype(object)
    places = {key: place for place, key in enumerate(zip(columns["lead_id"], days, strict=True))}
    own = [places[key] for key in zip(observations.leads, observations.dates, strict=True)]
    return {name: values[own] for name, values in columns.items() if name not in _KEYS}


def _figure(estimate: Estimate, sign: str = "") -> str:
    """Return a figure with half its interval, which lies evenly about it."""
    if estimate.high is None:
        return f"{estimate.figure:{sign}.3f}"
    return f"{estimate.figure:{sign}.3f} ± {estimate.high - estimate.figure:.3f}"
