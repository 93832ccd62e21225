"""Checks a configuration as a whole and says every mistake at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from lead_scoring.configuration import (
    ACTIONS,
    BANDS,
    CONVERSION_MODEL,
    CRITERIA,
    DECAY_POLICIES,
    DIMENSIONS,
    EXCLUSIONS,
    GROUPS,
    METHODS,
    MODELS,
    RESERVED_STAGES,
    RESERVED_TERMS,
    SEEDS,
    STAGES,
    Configuration,
    Row,
    Seed,
)
from lead_scoring.configuration_conditions import (
    KnownNames,
    check_criterion,
    check_exclusion,
    known_names,
)
from lead_scoring.configuration_files import Table, read_tables
from lead_scoring.configuration_findings import Findings, listed
from lead_scoring.configuration_ladders import (
    check_bands,
    check_memory,
    check_stage_names,
    check_stages,
)
from lead_scoring.configuration_values import shown
from lead_scoring.errors import Problem, Severity
from lead_scoring.names import nearest

_LIMITS = ((MODELS, "min_score", "max_score"), (GROUPS, "min_points", "max_points"))


@dataclass(frozen=True)
class CheckedConfiguration:
    """A configuration and what is wrong with it, ordered by file and line.

    `configuration` is None where a file is missing or could not be read as a table. It may be
    used to score only where there are no errors.
    """

    problems: list[Problem]
    configuration: Configuration | None

    @property
    def errors(self) -> list[Problem]:
        """The problems that refuse the configuration."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that are only said."""
        return [problem for problem in self.problems if problem.severity is Severity.WARNING]


def check_configuration(
    folder: Path,
    *,
    attributes: Collection[str] | None = None,
    event_properties: Collection[str] | None = None,
    event_types: Collection[str] | None = None,
) -> CheckedConfiguration:
    """Read a configuration folder and check every rule.

    Args:
        folder: The folder with the scoring seeds.
        attributes: Columns of the leads, without regard to case; None where not known.
        event_properties: Columns of the events; None where not known.
        event_types: Event types that occur; None where not known, an empty one counts as that.

    Returns:
        All problems, and the configuration.
    """
    findings = Findings(folder)
    tables = read_tables(folder, findings)
    names = known_names(attributes, event_properties, event_types)
    _Checks(tables, names, findings).check()
    is_read = all(table.is_read for table in tables.values())
    rows = {name: table.rows for name, table in tables.items()}
    return CheckedConfiguration(findings.problems(), Configuration(rows) if is_read else None)


class _Checks:
    """The rules that need more than one cell.

    A rule that looks into a file which could not be read, or lacks a required column, is left
    out: what it would say is only a consequence.
    """

    def __init__(self, tables: dict[str, Table], names: KnownNames, findings: Findings) -> None:
        self.tables = tables
        self.names = names
        self.findings = findings

    def check(self) -> None:
        for seed in SEEDS:
            self._check_unique(seed)
            if "model_id" in seed.column_names and seed is not MODELS:
                self._check_references(seed, "model_id", "model", MODELS)
        self._check_champion()
        self._check_limits()
        self._check_criteria()
        self._check_decay()
        for row in self._rows(EXCLUSIONS):
            check_exclusion(row, self.names, self.findings)
        self._check_actions()
        self._check_terms()
        self._check_empty()
        self._check_references(STAGES, "required_criterion", "criterion", CRITERIA, per_model=True)
        check_stage_names(self._rows(STAGES), self.findings)
        check_memory(self._rows(STAGES), self.findings)
        if self._are_whole(MODELS, BANDS):
            check_bands(self._by_model(BANDS), self.findings)
        if self._are_whole(MODELS, STAGES):
            check_stages(self._by_model(STAGES), self.findings)

    def _rows(self, seed: Seed) -> list[Row]:
        return self.tables[seed.name].rows

    def _are_whole(self, *seeds: Seed) -> bool:
        return all(self.tables[seed.name].is_whole for seed in seeds)

    def _model_ids(self) -> list[str]:
        return _distinct(row["model_id"] for row in self._rows(MODELS))

    def _by_model(self, seed: Seed) -> dict[str, list[Row]]:
        """Return the rows of a seed under every known model, also under those without any."""
        rows: dict[str, list[Row]] = {model_id: [] for model_id in self._model_ids()}
        for row in self._rows(seed):
            model_id = row["model_id"]
            if model_id in rows:
                rows[model_id].append(row)
        return rows

    def _names_by_model(self, seed: Seed) -> dict[str, list[str]]:
        return {
            model_id: _distinct(row[seed.key[-1]] for row in rows)
            for model_id, rows in self._by_model(seed).items()
        }

    def _check_unique(self, seed: Seed) -> None:
        first: dict[tuple[str | None, ...], Row] = {}
        needed = [column.name for column in seed.columns if column.required]
        for row in self._rows(seed):
            key = tuple(row[column] for column in seed.key)
            if any(row[column] is None for column in seed.key if column in needed):
                continue
            earlier = first.setdefault(key, row)
            if earlier is not row:
                named = ", ".join(
                    f"{column} {'blank' if row[column] is None else shown(row[column] or '')}"
                    for column in seed.key
                )
                self.findings.cell(
                    seed,
                    row,
                    seed.key[-1],
                    f"{named}: the same stands on line {earlier.line} already",
                    allowed=f"one row for each {', '.join(seed.key)}",
                )

    def _check_references(
        self, seed: Seed, column: str, what: str, target: Seed, *, per_model: bool = False
    ) -> None:
        """Check that what a column names is a row of another seed, in the same model if so."""
        if not self._are_whole(target):
            return
        if not per_model:
            known = _distinct(row[target.key[-1]] for row in self._rows(target))
            for row in self._rows(seed):
                self._check_reference(seed, row, column, what, known, target)
            return
        by_model = self._names_by_model(target)
        for row in self._rows(seed):
            if (own := by_model.get(row["model_id"] or "")) is not None:
                self._check_reference(seed, row, column, what, own, target)

    def _check_reference(
        self, seed: Seed, row: Row, column: str, what: str, known: list[str], target: Seed
    ) -> None:
        name = row[column]
        if name is None or name in known:
            return
        self.findings.cell(
            seed,
            row,
            column,
            f"unknown {what} {shown(name)}: {target.file_name} does not have it",
            allowed=listed(known, f"a {what} of {target.file_name}, which has none to choose from"),
            close=nearest(name, known),
        )

    def _check_champion(self) -> None:
        if not self._are_whole(MODELS):
            return
        rows = self._rows(MODELS)
        if any("is_champion" in row.faulty for row in rows):
            return
        allowed = "exactly one model with is_champion true"
        champions = [row for row in rows if row["is_champion"] == "true"]
        if not rows:
            self.findings.file(MODELS, "there is no model", line=1, column="model_id", value="")
        elif not champions:
            self.findings.cell(
                MODELS, rows[0], "is_champion", "no model is the champion", allowed=allowed
            )
        for row in champions[1:]:
            self.findings.cell(
                MODELS,
                row,
                "is_champion",
                f"the model {shown(row['model_id'] or '')} is a second champion, "
                f"{shown(champions[0]['model_id'] or '')} on line {champions[0].line} is one too",
                allowed=allowed,
            )

    def _check_limits(self) -> None:
        for seed, low_column, high_column in _LIMITS:
            for row in self._rows(seed):
                low, high = row.figure(low_column), row.figure(high_column)
                if low is not None and high is not None and low > high:
                    self.findings.cell(
                        seed,
                        row,
                        low_column,
                        f"{low_column} {row[low_column]} is over {high_column} {row[high_column]}",
                        allowed=f"{low_column} not over {high_column}",
                    )

    def _check_criteria(self) -> None:
        self._check_references(CRITERIA, "group_id", "group", GROUPS, per_model=True)
        self._check_references(CRITERIA, "decay_policy", "decay policy", DECAY_POLICIES)
        for row in self._rows(CRITERIA):
            check_criterion(row, self.names, self.findings)

    def _check_decay(self) -> None:
        every = tuple(column for method in METHODS.values() for column in method.parameters)
        for row in self._rows(DECAY_POLICIES):
            name = row["method"]
            if name is None or "method" in row.faulty:
                continue
            method = METHODS[name]
            for column in every:
                if column in method.parameters and row[column] is None:
                    self.findings.cell(
                        DECAY_POLICIES,
                        row,
                        column,
                        f"the method '{name}' needs {column} and the cell is blank",
                        allowed=_figure_allowed(DECAY_POLICIES, column),
                    )
                elif column not in method.parameters and row[column] is not None:
                    self.findings.cell(
                        DECAY_POLICIES,
                        row,
                        column,
                        f"the method '{name}' has no use for {column}, which is ignored",
                        severity=Severity.WARNING,
                    )

    def _check_actions(self) -> None:
        if self._are_whole(STAGES):
            stages = self._names_by_model(STAGES)
            for row in self._rows(ACTIONS):
                if (own := stages.get(row["model_id"] or "")) is not None:
                    names = [*own, *RESERVED_STAGES]
                    self._check_reference(ACTIONS, row, "stage", "stage", names, STAGES)
        if self._are_whole(BANDS):
            bands: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
            for band in self._rows(BANDS):
                if band["band"] is not None:
                    bands[band["model_id"], band["dimension"]].append(band["band"])
            model_ids = self._model_ids()
            for row in self._rows(ACTIONS):
                if row["model_id"] not in model_ids:
                    continue
                for dimension in DIMENSIONS:
                    column, what = f"{dimension}_band", f"{dimension} band"
                    names = bands[row["model_id"], dimension]
                    self._check_reference(ACTIONS, row, column, what, names, BANDS)

    def _check_terms(self) -> None:
        if not self._are_whole(CRITERIA):
            return
        criteria = self._names_by_model(CRITERIA)
        for row in self._rows(CONVERSION_MODEL):
            if (own := criteria.get(row["model_id"] or "")) is not None:
                names = [*RESERVED_TERMS, *own]
                self._check_reference(CONVERSION_MODEL, row, "term", "term", names, CRITERIA)

    def _check_empty(self) -> None:
        if not self._are_whole(MODELS, GROUPS, CRITERIA):
            return
        criteria = self._by_model(CRITERIA)
        for row in self._rows(MODELS):
            if row["model_id"] is not None and not criteria[row["model_id"]]:
                self.findings.cell(
                    MODELS,
                    row,
                    "model_id",
                    f"the model {shown(row['model_id'])} has no criterion, so all its points are 0",
                    severity=Severity.WARNING,
                )
        used = {(row["model_id"], row["group_id"]) for row in self._rows(CRITERIA)}
        for row in self._rows(GROUPS):
            model_id, group_id = row["model_id"], row["group_id"]
            is_in_use = (model_id, group_id) in used
            if group_id is not None and criteria.get(model_id or "") and not is_in_use:
                self.findings.cell(
                    GROUPS,
                    row,
                    "group_id",
                    f"the group {shown(group_id)} has no criterion, so its points are 0",
                    severity=Severity.WARNING,
                )


def _distinct(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text is not None))


def _figure_allowed(seed: Seed, column: str) -> str | None:
    return next(
        (one.figure.allowed for one in seed.columns if one.name == column and one.figure), None
    )
