"""Configurations that a calibration makes of the user's: to measure with, and to propose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from lead_scoring.configuration import (
    BANDS,
    CONVERSION_MODEL,
    CRITERIA,
    DECAY_POLICIES,
    DIMENSIONS,
    GROUPS,
    MODELS,
    SEEDS,
    STAGES,
    Configuration,
    Row,
    Seed,
)
from lead_scoring.figures import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

# What a half-life is multiplied by to look for a better one; the present one goes first, so that
# it stays where no other is better.
HALF_LIFE_FACTORS = (Decimal(1), Decimal("0.25"), Decimal("0.5"), Decimal(2), Decimal(4))
# What each column of the stages asks for.
_STAGE_MEASURES = {
    "min_score": "score",
    "exit_score": "score",
    "min_fit": "fit",
    "min_engagement": "engagement",
}


@dataclass(frozen=True)
class Criterion:
    """What a calibration has to know of a criterion.

    `worth` is what one of its points adds to the score, `sums` whether its group adds up.
    """

    criterion_id: str
    group_id: str
    points: Decimal
    worth: float
    sums: bool
    decay_policy: str | None


@dataclass(frozen=True)
class Threshold:
    """What a stage or a band asks for at least.

    `place` is such as `stage mql` or `fit band A`, `measure` is score, fit or engagement.
    """

    place: str
    column: str
    measure: str
    figure: Decimal


@dataclass(frozen=True)
class Measured:
    """What one column of measurements is: a criterion, at a half-life that may be another."""

    criterion_id: str
    half_life_days: Decimal | None = None


@dataclass(frozen=True)
class Measuring:
    """The model with a second one beside it, whose criteria are worth one point each."""

    configuration: Configuration
    model_id: str
    columns: Sequence[Measured]

    @property
    def criterion_ids(self) -> list[str]:
        """The criteria of the second model, one for each column."""
        return [str(number) for number in range(len(self.columns))]


def criteria_of(configuration: Configuration, model_id: str) -> list[Criterion]:
    """Return the criteria of a model in the order of the file."""
    (model,) = _of_model(configuration, MODELS, model_id)
    groups = {row["group_id"]: row for row in _of_model(configuration, GROUPS, model_id)}
    found = []
    for row in _of_model(configuration, CRITERIA, model_id):
        group = groups[row["group_id"]]
        weights = (row.figure("weight"), model.figure(f"{group['dimension']}_weight"))
        worth = 1.0
        for weight in weights:
            worth *= 1.0 if weight is None else float(weight)
        found.append(
            Criterion(
                criterion_id=str(row["criterion_id"]),
                group_id=str(row["group_id"]),
                points=row.figure("points") or Decimal(0),
                worth=worth,
                sums=group["combine"] == "sum",
                decay_policy=row["decay_policy"],
            )
        )
    return found


def thresholds_of(configuration: Configuration, model_id: str) -> list[Threshold]:
    """Return the thresholds of a model: of its stages, then of its bands."""
    return [
        Threshold(place, column, measure, figure)
        for place, row, measures in (
            *(
                (f"stage {row['stage']}", row, _STAGE_MEASURES)
                for row in _of_model(configuration, STAGES, model_id)
            ),
            *(
                (f"{row['dimension']} band {row['band']}", row, _band_measure(row))
                for row in _of_model(configuration, BANDS, model_id)
            ),
        )
        for column, measure in measures.items()
        if (figure := row.figure(column)) is not None
    ]


def searched_policies(configuration: Configuration, model_id: str) -> dict[str, Decimal]:
    """Return the half-lives that may be changed: of policies that no other model uses."""
    used: dict[str, set[str | None]] = {}
    for row in configuration.tables[CRITERIA.name]:
        if row["decay_policy"] is not None:
            used.setdefault(row["decay_policy"], set()).add(row["model_id"])
    return {
        str(row["decay_policy"]): half_life
        for row in configuration.tables[DECAY_POLICIES.name]
        if row["method"] == "exponential"
        and used.get(str(row["decay_policy"])) == {model_id}
        and (half_life := row.figure("half_life_days")) is not None
    }


def measuring(configuration: Configuration, model_id: str) -> Measuring:
    """Return the model beside another that measures what its criteria count, not what they earn.

    Criteria of a half-life that may be changed are there once for each that is tried.
    """
    own = only(configuration, model_id)
    measured = _unused("measured", [model_id])
    policies = {row["decay_policy"]: row for row in own.tables[DECAY_POLICIES.name]}
    searched = searched_policies(configuration, model_id)
    columns: list[Measured] = []
    criteria: list[Row] = []
    for row in own.tables[CRITERIA.name]:
        half_life = searched.get(row["decay_policy"] or "")
        tried = [None] if half_life is None else [half_life * by for by in HALF_LIFE_FACTORS]
        for days in tried:
            policy = row["decay_policy"]
            if policy is not None and days not in (None, half_life):
                name = f"{policy} at {days:f}"
                policies.setdefault(name, _changed(policies[policy], {
                    "decay_policy": name, "half_life_days": plain(days),
                }))  # fmt: skip
                policy = name
            criteria.append(
                _changed(row, {
                    "model_id": measured, "criterion_id": str(len(columns)), "group_id": "all",
                    "points": "1", "weight": None, "decay_policy": policy,
                })
            )  # fmt: skip
            columns.append(Measured(str(row["criterion_id"]), days))
    tables = {
        **own.tables,
        DECAY_POLICIES.name: list(policies.values()),
        CRITERIA.name: [*own.tables[CRITERIA.name], *criteria],
    }
    for seed, cells in (
        (MODELS, {"is_champion": "false"}),
        (GROUPS, {"group_id": "all", "dimension": "engagement", "combine": "sum"}),
        *((BANDS, {"dimension": dimension, "band": "all"}) for dimension in DIMENSIONS),
        (STAGES, {"stage": "all", "stage_order": "1"}),
    ):
        tables[seed.name] = [*tables[seed.name], _row(seed, {"model_id": measured, **cells})]
    return Measuring(Configuration(tables), measured, columns)


def only(configuration: Configuration, model_id: str) -> Configuration:
    """Return one model alone, as the champion."""
    tables = {
        seed.name: _of_model(configuration, seed, model_id)
        if "model_id" in seed.column_names
        else configuration.tables[seed.name]
        for seed in SEEDS
    }
    (model,) = tables[MODELS.name]
    return Configuration({**tables, MODELS.name: [_changed(model, {"is_champion": "true"})]})


def with_half_lives(
    configuration: Configuration, half_lives: Mapping[str, Decimal]
) -> Configuration:
    """Return the configuration with other half-lives, by the policy."""
    rows = [
        _changed(row, {"half_life_days": plain(half_lives[str(row["decay_policy"])])})
        if row["decay_policy"] in half_lives
        else row
        for row in configuration.tables[DECAY_POLICIES.name]
    ]
    return Configuration({**configuration.tables, DECAY_POLICIES.name: rows})


def with_challenger(
    configuration: Configuration,
    model_id: str,
    challenger: str,
    description: str,
    half_lives: Mapping[str, Decimal],
) -> Configuration:
    """Return the configuration with a copy of a model beside it, which is not the champion.

    Policies are shared by all models, so the copy has one of its own for each half-life that is
    another: named after the policy that it takes the place of, and the copy.
    """
    policies = {str(row["decay_policy"]): row for row in configuration.tables[DECAY_POLICIES.name]}
    own = {policy: _unused(f"{policy}_{challenger}", policies) for policy in half_lives}
    copies = {
        seed.name: [
            _changed(row, {"model_id": challenger})
            for row in _of_model(configuration, seed, model_id)
        ]
        for seed in SEEDS
        if "model_id" in seed.column_names
    }
    copies[MODELS.name] = [
        _changed(row, {"description": description, "is_champion": "false"})
        for row in copies[MODELS.name]
    ]
    copies[CRITERIA.name] = [
        _changed(row, {"decay_policy": own.get(row["decay_policy"] or "", row["decay_policy"])})
        for row in copies[CRITERIA.name]
    ]
    copies[DECAY_POLICIES.name] = [
        _changed(policies[policy], {
            "decay_policy": own[policy],
            "half_life_days": plain(days),
            "description": f"{policy} with a half-life of {plain(days)} days, for {challenger}",
        })
        for policy, days in half_lives.items()
    ]  # fmt: skip
    return Configuration(
        {name: [*rows, *copies.get(name, [])] for name, rows in configuration.tables.items()}
    )


def with_points(
    configuration: Configuration,
    model_id: str,
    points: Mapping[str, int],
    lowest_sum: int,
) -> Configuration:
    """Return the configuration with other points of a model, and without its probabilities.

    They belong to the rules that they were fitted with. A lowest score above the
    lowest sum of points gives way to it, or it would make leads alike that points tell apart.
    """
    return Configuration(
        {
            **configuration.tables,
            MODELS.name: [
                _changed(row, {"min_score": str(lowest_sum)})
                if row["model_id"] == model_id
                and (lowest := row.figure("min_score")) is not None
                and lowest_sum < lowest
                else row
                for row in configuration.tables[MODELS.name]
            ],
            CRITERIA.name: [
                _changed(row, {"points": str(points[str(row["criterion_id"])])})
                if row["model_id"] == model_id and row["criterion_id"] in points
                else row
                for row in configuration.tables[CRITERIA.name]
            ],
            CONVERSION_MODEL.name: [
                row
                for row in configuration.tables[CONVERSION_MODEL.name]
                if row["model_id"] != model_id
            ],
        }
    )


def with_thresholds(
    configuration: Configuration,
    model_id: str,
    suggested: Mapping[tuple[str, Decimal], Decimal],
) -> Configuration:
    """Return the configuration with other thresholds of a model.

    Args:
        configuration: the one to change.
        model_id: the model.
        suggested: the new threshold by its measure (score, fit or engagement) and the present one.
    """

    def moved(row: Row, measures: Mapping[str, str]) -> Row:
        if row["model_id"] != model_id:
            return row
        figures = {column: row.figure(column) for column in measures}
        return _changed(row, {
            column: plain(suggested[measures[column], figure])
            for column, figure in figures.items()
            if figure is not None
        })  # fmt: skip

    tables = configuration.tables
    return Configuration(
        {
            **tables,
            STAGES.name: [moved(row, _STAGE_MEASURES) for row in tables[STAGES.name]],
            BANDS.name: [moved(row, _band_measure(row)) for row in tables[BANDS.name]],
        }
    )


def with_conversion_model(
    configuration: Configuration,
    model_id: str,
    terms: Mapping[str, Decimal],
    fitted_on: date,
    horizon_days: int,
) -> Configuration:
    """Return the configuration with the terms of the model's conversion probability."""
    rows = [
        _row(CONVERSION_MODEL, {
            "model_id": model_id, "term": term, "coefficient": plain(coefficient),
            "fitted_on": fitted_on.isoformat(), "horizon_days": str(horizon_days),
        })
        for term, coefficient in terms.items()
    ]  # fmt: skip
    others = configuration.tables[CONVERSION_MODEL.name]
    return Configuration({**configuration.tables, CONVERSION_MODEL.name: [*others, *rows]})


def _band_measure(row: Row) -> Mapping[str, str]:
    return {"min_points": str(row["dimension"])}


def _of_model(configuration: Configuration, seed: Seed, model_id: str) -> list[Row]:
    return [row for row in configuration.tables[seed.name] if row["model_id"] == model_id]


def _changed(row: Row, cells: Mapping[str, str | None]) -> Row:
    return replace(row, cells={**row.cells, **cells})


def _row(seed: Seed, cells: Mapping[str, str]) -> Row:
    return Row(0, {name: cells.get(name) for name in seed.column_names})


def _unused(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name
