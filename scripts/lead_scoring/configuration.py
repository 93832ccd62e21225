"""What a scoring configuration is: its ten seeds, their columns, rows and canonical form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path


class Operand(Enum):
    """What an operator compares with, as written in the cell beside it."""

    NONE = "nothing: leave the value blank"
    TEXT = "one text"
    LIST = "a list parted by |, without a blank item"
    WORDS = "a list parted by |, each item with a letter or a digit"
    PATTERN = "a portable regular expression in lower case"
    NUMBER = "a number"
    RANGE = "two numbers written lo|hi, the lower one first"


@dataclass(frozen=True)
class Operator:
    """An operator: what it needs and, in the words of the README of `init`, when it is true."""

    operand: Operand
    meaning: str


@dataclass(frozen=True)
class Signal:
    """A signal: which of the optional cells of a criterion it has a use for."""

    uses: frozenset[str]
    is_about_events: bool
    takes_any_event: bool
    meaning: str

    @property
    def needs_operator(self) -> bool:
        """Whether the criterion compares a value, and not merely counts occurrences."""
        return "operator" in self.uses


@dataclass(frozen=True)
class Method:
    """A decay method and the columns that hold its parameters."""

    parameters: tuple[str, ...]
    meaning: str


OPERATORS = {
    "equals": Operator(Operand.TEXT, "is the same text, or the same number"),
    "not_equals": Operator(Operand.TEXT, "the opposite of equals"),
    "in": Operator(Operand.LIST, "equals one item of the list"),
    "not_in": Operator(Operand.LIST, "the opposite of in"),
    "contains": Operator(Operand.TEXT, "has the text somewhere in it"),
    "not_contains": Operator(Operand.TEXT, "the opposite of contains"),
    "starts_with": Operator(Operand.TEXT, "begins with the text"),
    "ends_with": Operator(Operand.TEXT, "ends with the text"),
    "has_word": Operator(Operand.WORDS, "has one item of the list as whole words"),
    "matches": Operator(Operand.PATTERN, "has a part that matches the expression"),
    "gt": Operator(Operand.NUMBER, "is a number greater than this"),
    "gte": Operator(Operand.NUMBER, "is a number greater than this or the same"),
    "lt": Operator(Operand.NUMBER, "is a number less than this"),
    "lte": Operator(Operand.NUMBER, "is a number less than this or the same"),
    "between": Operator(Operand.RANGE, "is a number from lo to hi, both counted"),
    "is_true": Operator(Operand.NONE, "is true, t, 1, yes or y"),
    "is_false": Operator(Operand.NONE, "is false, f, 0, no or n"),
    "is_blank": Operator(Operand.NONE, "is missing or empty"),
    "is_present": Operator(Operand.NONE, "is neither missing nor empty"),
}

CONDITION = frozenset({"operator", "value"})
FILTER = frozenset({"filter_property", "filter_operator", "filter_value"})
WINDOW = frozenset({"window_days"})
REPEATS = frozenset({"max_occurrences", "max_per_day", "decay_policy"})
SIGNAL_CELLS = CONDITION | FILTER | WINDOW | REPEATS

SIGNALS = {
    "attribute": Signal(
        CONDITION, False, False, "once, when the lead's attribute matches operator and value"
    ),
    "event": Signal(
        FILTER | WINDOW | REPEATS, True, False, "for each counted event of the type, with decay"
    ),
    "frequency": Signal(
        CONDITION | FILTER | WINDOW,
        True,
        True,
        "once, when the number of events matches operator and value",
    ),
    "recency": Signal(
        CONDITION | FILTER | WINDOW,
        True,
        True,
        "once, when the days since the latest event match operator and value",
    ),
    "monetary": Signal(
        CONDITION | FILTER | WINDOW,
        True,
        True,
        "once, when the sum of the events' value matches operator and value",
    ),
}

METHODS = {
    "none": Method((), "points keep their worth"),
    "exponential": Method(("half_life_days",), "0.5 ^ (age / half_life_days)"),
    "linear": Method(("lifetime_days",), "falls evenly to 0 at lifetime_days"),
    "step": Method(("step_days", "step_fraction"), "loses step_fraction after every step_days"),
}

DIMENSIONS = {
    "fit": "who the lead is: demographic and firmographic",
    "engagement": "what the lead does: behavioural",
}

COMBINES = {
    "sum": "all contributions of the group together",
    "max": "the greatest contribution of the group alone",
}

RESERVED_STAGES = ("customer", "disqualified")

# Terms of the conversion probability that are no criteria.
RESERVED_TERMS = ("intercept", "score")


class Kind(Enum):
    """How a cell is read: what is kept of it and what its seed column is typed as."""

    TEXT = "text"
    PROSE = "text for people, kept as it stands"
    CHOICE = "one of a fixed set of words, without regard to case"
    FLAG = "true or false"
    FIGURE = "number"
    DATE = "date, YYYY-MM-DD"
    TIMESTAMP = "timestamp in UTC, YYYY-MM-DD hh:mm:ss"


@dataclass(frozen=True)
class Figure:
    """The limits of a numeric column; `allowed` says them to the user."""

    allowed: str
    decimals: int
    low: Decimal
    high: Decimal
    low_counts: bool = True
    high_counts: bool = True


def _open_figure(allowed: str, decimals: int, low: int, high: int) -> Figure:
    return Figure(allowed, decimals, Decimal(low), Decimal(high), False, False)


POINTS = _open_figure(
    "a number with at most 4 decimals, under 10,000,000 in size", 4, -(10**7), 10**7
)
WEIGHT = Figure(
    "a number with at most 4 decimals, from 0 to under 10,000",
    4,
    Decimal(0),
    Decimal(10**4),
    high_counts=False,
)
FRACTION = Figure("a number with at most 4 decimals, from 0 to 1", 4, Decimal(0), Decimal(1))
COEFFICIENT = _open_figure(
    "a number with at most 10 decimals, under 10,000,000 in size", 10, -(10**7), 10**7
)
AUC = Figure("a number with at most 8 decimals, from 0 to 1", 8, Decimal(0), Decimal(1))
DIFFERENCE = _open_figure("a number with at most 8 decimals, under 10 in size", 8, -10, 10)
HALF_LIFE = _open_figure(
    "a number above 0 and under 10,000,000, with at most 15 decimals", 15, 0, 10**7
)
TREND = _open_figure("a number above 0 and under 10,000,000, with at most 4 decimals", 4, 0, 10**7)
INTEGER_LIMIT = 2**31 - 1
DAYS = Figure("a whole number above 0, up to 2,147,483,647", 0, Decimal(1), Decimal(INTEGER_LIMIT))
ORDER = Figure(
    "a whole number, up to 2,147,483,647 in size",
    0,
    Decimal(-INTEGER_LIMIT),
    Decimal(INTEGER_LIMIT),
)
HOURS = Figure(
    "a whole number of hours, up to 2,147,483,647", 0, Decimal(0), Decimal(INTEGER_LIMIT)
)


@dataclass(frozen=True)
class Column:
    """One column of a seed. A required one must be in the header and filled in every row."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Seed:
    """One scoring seed; `key` names the columns that together tell its rows apart, its own last."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    needed: bool = True

    @property
    def file_name(self) -> str:
        """The seed's file in a configuration folder."""
        return f"{self.name}.csv"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the contract's order."""
        return tuple(column.name for column in self.columns)


def _needed(name: str) -> Column:
    return Column(name, required=True)


def _text(name: str) -> Column:
    return Column(name)


def _prose(name: str) -> Column:
    return Column(name, Kind.PROSE)


def _choice(name: str, choices: dict[str, str] | dict[str, Operator], required: bool) -> Column:
    return Column(name, Kind.CHOICE, required, tuple(choices))


def _figure(name: str, figure: Figure, required: bool = False) -> Column:
    return Column(name, Kind.FIGURE, required, figure=figure)


MODELS = Seed(
    "lead_scoring__models",
    (
        _needed("model_id"),
        _prose("description"),
        Column("is_champion", Kind.FLAG),
        _figure("fit_weight", WEIGHT),
        _figure("engagement_weight", WEIGHT),
        _figure("fit_max_points", POINTS),
        _figure("engagement_max_points", POINTS),
        _figure("min_score", POINTS),
        _figure("max_score", POINTS),
        _figure("trend_points", TREND),
    ),
    ("model_id",),
)
GROUPS = Seed(
    "lead_scoring__groups",
    (
        _needed("model_id"),
        _needed("group_id"),
        _choice("dimension", DIMENSIONS, required=True),
        _choice("combine", COMBINES, required=True),
        _figure("min_points", POINTS),
        _figure("max_points", POINTS),
        _prose("description"),
    ),
    ("model_id", "group_id"),
)
CRITERIA = Seed(
    "lead_scoring__criteria",
    (
        _needed("model_id"),
        _needed("criterion_id"),
        _needed("group_id"),
        Column("signal", Kind.CHOICE, True, tuple(SIGNALS)),
        _needed("subject"),
        _choice("operator", OPERATORS, required=False),
        _text("value"),
        _text("filter_property"),
        _choice("filter_operator", OPERATORS, required=False),
        _text("filter_value"),
        _figure("points", POINTS, required=True),
        _figure("weight", WEIGHT),
        _figure("window_days", DAYS),
        _figure("max_occurrences", DAYS),
        _figure("max_per_day", DAYS),
        _text("decay_policy"),
        _prose("description"),
    ),
    ("model_id", "criterion_id"),
)
DECAY_POLICIES = Seed(
    "lead_scoring__decay_policies",
    (
        _needed("decay_policy"),
        Column("method", Kind.CHOICE, True, tuple(METHODS)),
        _figure("half_life_days", HALF_LIFE),
        _figure("lifetime_days", DAYS),
        _figure("step_days", DAYS),
        _figure("step_fraction", FRACTION),
        _prose("description"),
    ),
    ("decay_policy",),
    needed=False,
)
BANDS = Seed(
    "lead_scoring__bands",
    (
        _needed("model_id"),
        _choice("dimension", DIMENSIONS, required=True),
        _needed("band"),
        _figure("min_points", POINTS),
    ),
    ("model_id", "dimension", "band"),
)
STAGES = Seed(
    "lead_scoring__stages",
    (
        _needed("model_id"),
        _needed("stage"),
        _figure("stage_order", ORDER, required=True),
        _figure("min_score", POINTS),
        _figure("min_fit", POINTS),
        _figure("min_engagement", POINTS),
        _text("required_criterion"),
        _figure("exit_score", POINTS),
        _figure("min_days", DAYS),
        _figure("recycle_after_days", DAYS),
        _prose("description"),
    ),
    ("model_id", "stage"),
)
EXCLUSIONS = Seed(
    "lead_scoring__exclusions",
    (
        _needed("model_id"),
        _needed("exclusion_id"),
        _needed("attribute"),
        _choice("operator", OPERATORS, required=True),
        _text("value"),
        _prose("reason"),
    ),
    ("model_id", "exclusion_id"),
    needed=False,
)
ACTIONS = Seed(
    "lead_scoring__actions",
    (
        _needed("model_id"),
        _needed("stage"),
        _text("fit_band"),
        _text("engagement_band"),
        _prose("action"),
        _prose("owner_team"),
        _figure("sla_hours", HOURS),
        _prose("nurture_track"),
    ),
    ("model_id", "fit_band", "engagement_band", "stage"),
    needed=False,
)

CONVERSION_MODEL = Seed(
    "lead_scoring__conversion_model",
    (
        _needed("model_id"),
        _needed("term"),
        _figure("coefficient", COEFFICIENT, required=True),
        Column("fitted_on", Kind.DATE),
        _figure("horizon_days", DAYS),
    ),
    ("model_id", "term"),
    needed=False,
)

# What an evaluation tells of a figure of a model beside that of the champion.
VERDICTS = ("better", "worse", "no difference beyond noise", "too few to tell")
BETTER, WORSE, NO_DIFFERENCE, TOO_FEW = VERDICTS

# The log of who became the champion: no rule, and of models that may be gone by now.
PROMOTIONS = Seed(
    "lead_scoring__promotions",
    (
        Column("promoted_at", Kind.TIMESTAMP, required=True),
        _needed("previous_champion"),
        _needed("champion"),
        Column("verdict", Kind.CHOICE, True, VERDICTS),
        Column("is_override", Kind.FLAG),
        _prose("reason"),
        _figure("previous_auc", AUC),
        _figure("auc", AUC),
        _figure("auc_difference", DIFFERENCE),
        _figure("auc_difference_low", DIFFERENCE),
        _figure("auc_difference_high", DIFFERENCE),
        Column("inputs", Kind.CHOICE, True, ("files", "demo")),
        Column("first_date", Kind.DATE, required=True),
        Column("last_date", Kind.DATE, required=True),
        _figure("horizon_days", DAYS, required=True),
        Column("evaluated_at", Kind.TIMESTAMP, required=True),
        _needed("configuration_fingerprint"),
    ),
    ("promoted_at",),
    needed=False,
)

RULES = (
    MODELS,
    GROUPS,
    CRITERIA,
    DECAY_POLICIES,
    BANDS,
    STAGES,
    EXCLUSIONS,
    ACTIONS,
    CONVERSION_MODEL,
)
SEEDS = (*RULES, PROMOTIONS)


@dataclass(frozen=True)
class Row:
    """One row of a seed: a cell for every column of the contract, null as None.

    `line` is where the row begins in its file. Cells that passed the checks are canonical; one
    that did not is the trimmed text of the file and named in `faulty`.
    """

    line: int
    cells: dict[str, str | None]
    faulty: frozenset[str] = field(default_factory=frozenset)

    def __getitem__(self, column: str) -> str | None:
        """Return the text of a cell, None where it is blank."""
        return self.cells[column]

    def figure(self, column: str) -> Decimal | None:
        """Return the number in a cell, None where it is blank or no valid number."""
        text = self.cells[column]
        return None if text is None or column in self.faulty else Decimal(text)


@dataclass(frozen=True)
class Configuration:
    """The rows of the ten seeds, by the seed's name, in the order of the files."""

    tables: dict[str, list[Row]]

    @property
    def model_ids(self) -> list[str]:
        """The models in the order of the file."""
        return [text for row in self.tables[MODELS.name] if (text := row["model_id"]) is not None]

    @property
    def champion(self) -> str | None:
        """The model_id of the champion; None only where the configuration has errors."""
        champions = (row for row in self.tables[MODELS.name] if row["is_champion"] == "true")
        row = next(champions, None)
        return None if row is None else row["model_id"]


def write_canonical(
    configuration: Configuration, folder: Path, seeds: tuple[Seed, ...] = SEEDS
) -> None:
    """Write the ten files in the one form that loads as typed dbt seeds.

    All columns in the contract's order, UTF-8 without byte-order mark, LF, quotes only where
    needed, a null as an empty cell. A seed whose file was absent becomes a header alone.

    Args:
        configuration: A configuration without errors.
        folder: Where to write; made if it does not exist.
        seeds: The files to write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        lines = [",".join(seed.column_names), *_canonical_lines(configuration, seed)]
        text = "".join(f"{line}\n" for line in lines)
        (folder / seed.file_name).write_bytes(text.encode())


def fingerprint(configuration: Configuration) -> str:
    """Return a SHA-256 in hexadecimal that changes with the rules alone.

    The order of columns and rows, quoting, line ends and the spelling of numbers don't count, nor
    does the log of promotions.
    """
    digest = hashlib.sha256()
    for seed in RULES:
        for line in (seed.name, *sorted(_canonical_lines(configuration, seed))):
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _canonical_lines(configuration: Configuration, seed: Seed) -> list[str]:
    return [
        ",".join(_quoted(row[column]) for column in seed.column_names)
        for row in configuration.tables[seed.name]
    ]


def _quoted(text: str | None) -> str:
    if text is None:
        return ""
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
