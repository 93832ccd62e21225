"""The leads of past dates with what each criterion earned them, parted into training and test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from typing import TYPE_CHECKING, Any

import numpy as np

from lead_scoring.errors import UsageError
from lead_scoring.exports import attach, engine
from lead_scoring.figures import counted, period
from lead_scoring.project import duckdb_settings
from lead_scoring.storage_errors import storage_errors
from lead_scoring.work_database import WORK_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

FEWEST_LEADS = 200
FEWEST_CONVERSIONS = 40
# How many in a hundred leads are trained on where there is one date only.
TRAINED_SHARE = 70
_FORWARD_FOLDS = 5
_LEAD_FOLDS = 4


@dataclass(frozen=True)
class Observations:
    """Evaluated leads, each on each of its dates, in the order of date and lead.

    `earned` has a column for each criterion that was asked for; probabilities that are not known
    are NaN. `groups` are the sixteenths of the leads by which intervals are made. `measures` are
    what stages and bands ask for, of shape (n,): the score, and points of fit and engagement;
    `excluded` are leads that no stage counts.
    """

    leads: NDArray[np.object_]
    dates: NDArray[np.object_]
    groups: NDArray[np.object_]
    won: NDArray[np.int64]
    excluded: Flags
    measures: Mapping[str, Floats]
    probabilities: Floats
    earned: Floats

    @property
    def scores(self) -> Floats:
        """The scores, of shape (n,)."""
        return self.measures["score"]

    @property
    def has_probabilities(self) -> bool:
        """Whether the model had a conversion model when it was scored."""
        return bool(np.isfinite(self.probabilities).all())


@dataclass(frozen=True)
class Part:
    """The leads that were learnt from, or those that were tested, on their dates.

    `converted_leads` convert from one of their dates, `other_leads` don't from one of theirs; a
    lead may be both.
    """

    dates: list[date]
    leads: int
    lead_dates: int
    conversions: int
    converted_leads: int
    other_leads: int

    @property
    def period(self) -> str:
        """The dates as a text."""
        return period(len(self.dates), self.dates[0], self.dates[-1])


@dataclass(frozen=True)
class Split:
    """Which observations are trained on and which tested.

    `left_out` are the dates that are neither; `is_by_lead` says that a hash of the lead's id
    decides, since there is one date only.
    """

    train: Flags
    test: Flags
    left_out: list[date]
    is_by_lead: bool


def read_observations(
    work_database: Path, model_id: str, earned_by: str, criteria: Sequence[str]
) -> Observations:
    """Read what was gathered: the scores of one model, and what criteria of another earned."""
    with (
        storage_errors(work_database),
        engine(work_database.parent, duckdb_settings()) as connection,
    ):
        schema = attach(connection, work_database, WORK_SCHEMA, "work")
        leads = schema.table("int_lead_scoring__evaluated_leads")
        contributions = schema.table("int_lead_scoring__evaluated_contributions")
        rows: dict[str, Any] = connection.execute(
            "select lead_id, as_of_date, lead_group, is_excluded, "
            "cast(conversions as bigint) as won, cast(score as double) as score, "
            "cast(fit_points as double) as fit, "
            "cast(engagement_points as double) as engagement, "
            "coalesce(cast(conversion_probability as double), 'nan') as probability "
            f"from {leads} where model_id = $model order by as_of_date, lead_id",
            {"model": model_id},
        ).fetchnumpy()
        entries: dict[str, Any] = connection.execute(
            "with places as (select lead_id, as_of_date, "
            "row_number() over (order by as_of_date, lead_id) - 1 as place "
            f"from {leads} where model_id = $model) "
            "select places.place, list_position($criteria, contributions.criterion_id) - 1 as "
            "criterion, cast(contributions.points as double) as points "
            f"from {contributions} as contributions inner join places using (lead_id, as_of_date) "
            "where contributions.model_id = $earned_by "
            "and list_contains($criteria, contributions.criterion_id)",
            {"model": model_id, "criteria": list(criteria), "earned_by": earned_by},
        ).fetchnumpy()
    earned = np.zeros((len(rows["lead_id"]), len(criteria)))
    earned[
        np.asarray(entries["place"], dtype=np.int64),
        np.asarray(entries["criterion"], dtype=np.int64),
    ] = np.asarray(entries["points"], dtype=np.float64)
    return Observations(
        leads=np.asarray(rows["lead_id"], dtype=object),
        dates=np.asarray(rows["as_of_date"], dtype="datetime64[D]").astype(object),
        groups=np.asarray(rows["lead_group"], dtype=object),
        won=np.asarray(rows["won"], dtype=np.int64),
        excluded=np.asarray(rows["is_excluded"], dtype=np.bool_),
        measures={
            measure: np.asarray(rows[measure], dtype=np.float64)
            for measure in ("score", "fit", "engagement")
        },
        probabilities=np.asarray(rows["probability"], dtype=np.float64),
        earned=earned,
    )


def is_trained_on(lead_id: str) -> bool:
    """Return whether the hash of a lead's id puts it into the training part."""
    return int(md5(lead_id.encode()).hexdigest()[:8], 16) % 100 < TRAINED_SHARE


def split_observations(
    observations: Observations, train_to: date | None, horizon_days: int
) -> Split:
    """Part observations by date, or by a hash of the lead where `train_to` is None.

    A training date whose horizon reaches beyond the first test date is left out: what happened
    then would be in both.

    Raises:
        UsageError: there is too little to train on, or nothing to test.
    """
    if train_to is None:
        by_lead = {lead: is_trained_on(lead) for lead in set(observations.leads)}
        train = np.array([by_lead[lead] for lead in observations.leads], dtype=np.bool_)
        split = Split(train, ~train, [], is_by_lead=True)
    else:
        test = np.array([day > train_to for day in observations.dates], dtype=np.bool_)
        first_test = min(observations.dates[test], default=date.max)
        last_train = (
            train_to if first_test == date.max else first_test - timedelta(days=horizon_days)
        )
        train = ~test & np.array([day <= last_train for day in observations.dates], dtype=np.bool_)
        left_out = sorted(set(observations.dates[~test & ~train]))
        split = Split(train, test, left_out, is_by_lead=False)
    _refuse_too_little(observations, split)
    return split


def folds(
    observations: Observations, split: Split, horizon_days: int
) -> tuple[list[tuple[Flags, Flags]], bool]:
    """Return what to fit and what to judge in cross-validation, and whether that goes by lead.

    Each fold judges later dates than it was fitted on, of which none's horizon reaches into them.
    Where there are too few dates for that, leads are parted instead.
    """
    days = sorted(set(observations.dates[split.train]))
    found = []
    for block in np.array_split(np.array(days, dtype=object), _FORWARD_FOLDS + 1)[1:]:
        if not len(block):
            continue
        before = block[0] - timedelta(days=horizon_days)
        fitted = split.train & np.array([day <= before for day in observations.dates])
        judged = split.train & np.isin(observations.dates, block)
        if _has_both(observations.won[fitted]) and _has_both(observations.won[judged]):
            found.append((fitted, judged))
    if found:
        return found, False
    part = np.array([int(group, 16) % _LEAD_FOLDS for group in observations.groups])
    by_lead = [(split.train & (part != own), split.train & (part == own)) for own in set(part)]
    return [
        (fitted, judged)
        for fitted, judged in by_lead
        if _has_both(observations.won[fitted]) and _has_both(observations.won[judged])
    ], True


def part_of(observations: Observations, rows: Flags) -> Part:
    """Return how much there is in some of the rows."""
    return Part(
        dates=sorted(set(observations.dates[rows])),
        leads=len(set(observations.leads[rows])),
        lead_dates=int(rows.sum()),
        conversions=int(observations.won[rows].sum()),
        converted_leads=len(set(observations.leads[rows & (observations.won == 1)])),
        other_leads=len(set(observations.leads[rows & (observations.won == 0)])),
    )


def _has_both(won: NDArray[np.int64]) -> bool:
    return bool(0 < won.sum() < len(won))


def _refuse_too_little(observations: Observations, split: Split) -> None:
    train = part_of(observations, split.train)
    rarer = min(train.converted_leads, train.other_leads)
    if train.leads < FEWEST_LEADS or rarer < FEWEST_CONVERSIONS:
        left_out = (
            f"; {counted(len(split.left_out), 'date')} up to {split.left_out[-1]} can't be learnt "
            "from, as the horizon reaches beyond the first test date"
            if split.left_out
            else ""
        )
        raise UsageError(
            f"there is too little to learn from: {train.leads:,} leads to train on, of which "
            f"{train.converted_leads:,} convert and {train.other_leads:,} don't; calibrate needs "
            f"at least {FEWEST_LEADS} leads, {FEWEST_CONVERSIONS} that convert and "
            f"{FEWEST_CONVERSIONS} that don't{left_out}"
        )
    for part, name in ((split.train, "train on"), (split.test, "test")):
        if not _has_both(observations.won[part]):
            raise UsageError(
                f"the leads to {name} can't tell anything: {part.sum():,} scores, "
                f"{observations.won[part].sum():,} of them followed by a win"
            )
