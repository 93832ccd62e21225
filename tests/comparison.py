"""Holds a published DuckDB file against what the oracle expects, and its ledger against itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb

from oracle import DIMENSIONS, PRECISION, Expected, figure, held, identity, word
from oracle_inputs import Row, read_configuration
from oracle_text import rounded

ROUNDING_LIMIT = Decimal("0.00005")
KEYS = {
    "ranked_leads": ("model_id", "lead_id"),
    "contributions": ("model_id", "lead_id", "criterion_id"),
    "run_summary": ("relation",),
}
# A whole number of hours reads the same whatever the column's scale.
PLAIN_NUMBERS = frozenset({"sla_hours"})
REJECTED_COLUMNS = ("relation", "reason", "record_id", "lead_id")

# The order of the lines about one thing; the final rounding comes after the score's limit.
STEPS = {
    "criterion": 1,
    "group_limit": 2,
    "dimension_limit": 3,
    "score_limit": 3,
    "rounding": 4,
    "dimension_weight": 5,
}

Key = tuple[str, ...]
Record = dict[str, object]


def compare(expected: Expected, database: Path) -> list[str]:
    """Return the differences between a published file's marts and what is expected.

    Args:
        expected: What the oracle says.
        database: A DuckDB file with the marts in schema main.

    Returns:
        One sentence per difference, none where every column and digit agrees. Rejected records
        are compared as a multiset of relation, reason and keys.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        marts = {
            name: _mart(connection, name)
            for name in ("ranked_leads", "contributions", "run_summary", "rejected_records")
        }
    differences: list[str] = []
    for name, key in KEYS.items():
        wanted = getattr(expected, name)
        differences += _row_differences(name, key, wanted, marts[name])
    wanted_rejects = Counter(_fields(row, REJECTED_COLUMNS) for row in expected.rejected_records)
    found_rejects = Counter(
        tuple(as_text(row.get(column)) for column in REJECTED_COLUMNS)
        for row in marts["rejected_records"]
    )
    differences += [
        f"rejected_records: {fields} expected {wanted_rejects[fields]} times, "
        f"found {found_rejects[fields]} times"
        for fields in sorted(wanted_rejects | found_rejects)
        if wanted_rejects[fields] != found_rejects[fields]
    ]
    return differences


def ledger_problems(database: Path, config_folder: Path) -> list[str]:
    """Return what is wrong with the ledger of a published file.

    Limits, weights and rounding are recomputed from the configuration and the contributions
    mart; the mart's own arithmetic is trusted nowhere.

    Args:
        database: A DuckDB file with the marts in schema main.
        config_folder: The configuration that the file was scored with.

    Returns:
        One sentence per problem, each beginning with model and lead.
    """
    configuration = read_configuration(config_folder)
    with duckdb.connect(str(database), read_only=True) as connection:
        leads = _mart(connection, "ranked_leads")
        contributions = _by_lead(_mart(connection, "contributions"))
        lines = _by_lead(_mart(connection, "score_ledger"))
    scored = {(as_text(row["model_id"]), as_text(row["lead_id"])) for row in leads}
    problems = [f"{key}: has lines but no score" for key in sorted(set(lines) - scored)]
    problems += [
        f"{key}: earned points but no score" for key in sorted(set(contributions) - scored)
    ]
    with localcontext() as context:
        context.prec = PRECISION
        for lead in leads:
            key = as_text(lead["model_id"]), as_text(lead["lead_id"])
            account = _Account(configuration, key[0], contributions.get(key, []))
            ordered = sorted(lines.get(key, []), key=lambda line: int(str(line["line_number"])))
            problems += [f"{key}: {problem}" for problem in account.problems(lead, ordered)]
    return problems


def as_text(value: object) -> str:
    """Return a mart's value as the golden files print it; null is ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


class _Account:
    """What one lead's ledger under one model must say."""

    def __init__(
        self, configuration: Mapping[str, list[Row]], model_id: str, contributions: list[Record]
    ) -> None:
        self.model = next(
            row for row in configuration["models"] if identity(row, "model_id") == model_id
        )
        self.groups = {
            identity(row, "group_id"): row
            for row in configuration["groups"]
            if identity(row, "model_id") == model_id
        }
        self.group_of = {
            identity(row, "criterion_id"): identity(row, "group_id")
            for row in configuration["criteria"]
            if identity(row, "model_id") == model_id
        }
        self.contributions = contributions
        self.points = {
            as_text(row["criterion_id"]): _decimal(row["points"]) for row in contributions
        }
        self.adjustments: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        self.dimension_points = {name: self._dimension(name) for name in DIMENSIONS}
        self.score = self._score()

    def problems(self, lead: Record, lines: list[Record]) -> list[str]:
        """Return what is wrong with the lines, which stand in the order of their numbers."""
        found = [
            f"{column} is {lead[column]}, recomputed {wanted}"
            for column, wanted in (
                ("score", self.score),
                ("fit_points", self.dimension_points["fit"]),
                ("engagement_points", self.dimension_points["engagement"]),
            )
            if _decimal(lead[column]) != wanted
        ]
        total = sum((_decimal(line["points"]) for line in lines), Decimal(0))
        if total != _decimal(lead["score"]):
            found.append(f"lines add up to {total}, the score is {lead['score']}")
        numbers = [line["line_number"] for line in lines]
        if numbers != list(range(1, len(lines) + 1)):
            found.append(f"line numbers are {numbers}")
        found += [
            f"{_name(line)}: {line['before']} + {line['points']} is not {line['after']}"
            for line in lines
            if _decimal(line["before"]) + _decimal(line["points"]) != _decimal(line["after"])
        ]
        found += self._contribution_problems()
        found += self._criterion_problems(lines)
        found += self._adjustment_problems(lines)
        found += self._order_problems(lines)
        return found

    def _dimension(self, dimension: str) -> Decimal:
        total = Decimal(0)
        for group_id, group in self.groups.items():
            earned = [
                points
                for criterion_id, points in self.points.items()
                if self.group_of.get(criterion_id) == group_id
            ]
            if word(group, "dimension") == dimension and earned:
                combined = max(earned) if word(group, "combine") == "max" else sum(earned)
                points = held(
                    Decimal(combined), figure(group, "min_points"), figure(group, "max_points")
                )
                self._adjust("group_limit", group_id, sum(earned, Decimal(0)), points)
                total += points
        limited = held(total, None, figure(self.model, f"{dimension}_max_points"))
        points = rounded(limited, 4)
        self._adjust("dimension_limit", dimension, total, limited)
        self._adjust("rounding", dimension, limited, points)
        return points

    def _score(self) -> Decimal:
        total = Decimal(0)
        for dimension, points in self.dimension_points.items():
            weight = figure(self.model, f"{dimension}_weight")
            weighted = points if weight is None else points * weight
            self._adjust("dimension_weight", dimension, points, weighted)
            total += weighted
        limited = held(total, figure(self.model, "min_score"), figure(self.model, "max_score"))
        self._adjust("score_limit", "score", total, limited)
        self._adjust("rounding", "score", limited, rounded(limited, 4))
        return rounded(limited, 4)

    def _adjust(self, line_type: str, item: str, before: Decimal, after: Decimal) -> None:
        if before != after:
            self.adjustments[line_type, item] = before, after

    def _contribution_problems(self) -> list[str]:
        found = []
        for row in self.contributions:
            group_id = self.group_of.get(as_text(row["criterion_id"]), "")
            dimension = word(self.groups.get(group_id, {}), "dimension")
            if (row["group_id"], row["dimension"]) != (group_id, dimension):
                found.append(
                    f"contribution {row['criterion_id']} stands under "
                    f"{row['group_id']}, {row['dimension']}, not {group_id}, {dimension}"
                )
        return found

    def _criterion_problems(self, lines: list[Record]) -> list[str]:
        found = []
        criteria = [line for line in lines if line["line_type"] == "criterion"]
        items = [as_text(line["item"]) for line in criteria]
        if sorted(items) != sorted(self.points):
            found.append(f"criterion lines {items}, contributions {sorted(self.points)}")
        running: dict[str, Decimal] = defaultdict(Decimal)
        previous = None
        for line, item in zip(criteria, items, strict=True):
            group_id = self.group_of.get(item, "")
            if group_id != previous and group_id in running:
                found.append(f"lines of group {group_id} are not consecutive")
            previous = group_id
            if _decimal(line["points"]) != self.points.get(item):
                found.append(f"{_name(line)}: {line['points']}, earned {self.points.get(item)}")
            if _decimal(line["before"]) != running[group_id]:
                found.append(f"{_name(line)}: before {line['before']}, not {running[group_id]}")
            running[group_id] += _decimal(line["points"])
        return found

    def _adjustment_problems(self, lines: list[Record]) -> list[str]:
        found = []
        seen: Counter[tuple[str, str]] = Counter()
        for line in lines:
            if line["line_type"] == "criterion":
                continue
            key = as_text(line["line_type"]), as_text(line["item"])
            seen[key] += 1
            wanted = self.adjustments.get(key)
            if wanted is None:
                found.append(f"{_name(line)}: a line that the configuration has no reason for")
            elif (_decimal(line["before"]), _decimal(line["after"])) != wanted:
                found.append(
                    f"{_name(line)}: {line['before']} to {line['after']}, "
                    f"recomputed {wanted[0]} to {wanted[1]}"
                )
            if key[0] == "rounding" and abs(_decimal(line["points"])) > ROUNDING_LIMIT:
                found.append(f"{_name(line)}: {line['points']} is more than rounding")
        found += [f"{' '.join(key)}: line is missing" for key in self.adjustments if not seen[key]]
        found += [f"{' '.join(key)}: {times} lines" for key, times in seen.items() if times > 1]
        return found

    def _order_problems(self, lines: list[Record]) -> list[str]:
        """Hold that no line stands before a line whose result it uses."""
        steps: dict[str, list[int]] = defaultdict(list)
        for line in lines:
            line_type, item = as_text(line["line_type"]), as_text(line["item"])
            step = STEPS.get(line_type, 0)
            if line_type in ("criterion", "group_limit"):
                group_id = self.group_of.get(item, "") if line_type == "criterion" else item
                dimension = word(self.groups.get(group_id, {}), "dimension")
                steps[f"group {group_id}"].append(step)
                steps[dimension].append(STEPS["group_limit"])
            elif item in DIMENSIONS:
                steps[item].append(step)
            is_final = item == "score" and line_type in ("score_limit", "rounding")
            steps["score"].append(STEPS["score_limit"] + step if is_final else 0)
        return [
            f"a line of {scope} stands before one that it uses"
            for scope, those in steps.items()
            if those != sorted(those)
        ]


def _mart(connection: duckdb.DuckDBPyConnection, name: str) -> list[Record]:
    cursor = connection.execute(f"select * from main.lead_scoring__{name}")
    columns = [description[0] for description in cursor.description or []]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _by_lead(rows: Iterable[Record]) -> dict[tuple[str, str], list[Record]]:
    leads: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for row in rows:
        leads[as_text(row["model_id"]), as_text(row["lead_id"])].append(row)
    return dict(leads)


def _row_differences(
    name: str, key: Key, wanted: list[dict[str, str]], found: list[Record]
) -> list[str]:
    columns = list(wanted[0]) if wanted else list(key)
    missing = [column for column in columns if found and column not in found[0]]
    if missing:
        return [f"{name}: no column {', '.join(missing)}"]
    printed = [
        {column: _printed(column, as_text(row[column])) for column in columns} for row in found
    ]
    by_key = {_fields(row, key): row for row in printed}
    wanted_by_key = {_fields(row, key): row for row in wanted}
    times = Counter(_fields(row, key) for row in printed)
    differences = [f"{name} {each}: {count} rows" for each, count in times.items() if count > 1]
    differences += [f"{name} {each}: missing" for each in wanted_by_key if each not in by_key]
    differences += [f"{name} {each}: unexpected" for each in by_key if each not in wanted_by_key]
    for each, row in wanted_by_key.items():
        for column in columns if each in by_key else ():
            text = _printed(column, row[column])
            if by_key[each][column] != text:
                differences.append(
                    f"{name} {each} {column}: expected {text!r}, found {by_key[each][column]!r}"
                )
    return differences


def _printed(column: str, text: str) -> str:
    if column in PLAIN_NUMBERS and text:
        return f"{Decimal(text).normalize():f}"
    return text


def _fields(row: Mapping[str, str], columns: Iterable[str]) -> Key:
    return tuple(row[column] for column in columns)


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _name(line: Record) -> str:
    return f"line {line['line_number']} {line['line_type']} {line['item']}"
