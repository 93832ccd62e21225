"""The rules about conditions: operators with their values, signals, filters and known names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lead_scoring.configuration import (
    CRITERIA,
    EXCLUSIONS,
    FILTER,
    OPERATORS,
    SIGNAL_CELLS,
    SIGNALS,
    Operand,
    Operator,
    Row,
    Seed,
)
from lead_scoring.configuration_findings import Findings, listed
from lead_scoring.configuration_values import comparable_number, shown
from lead_scoring.contract import DERIVED_ATTRIBUTES, RELATIONS, trimmed
from lead_scoring.errors import Severity
from lead_scoring.names import nearest
from lead_scoring.regular_expressions import (
    ALLOWED,
    PatternError,
    check_pattern,
    matches_anything,
)

ANY_EVENT = "*"
# What tells an event apart and when it came is not kept beside it for filters.
_NO_PROPERTIES = frozenset(("event_id", "occurred_at", "loaded_at"))


@dataclass(frozen=True)
class KnownNames:
    """What the inputs carry, in lower case; None where that is not known."""

    attributes: tuple[str, ...] | None
    event_properties: tuple[str, ...] | None
    event_types: tuple[str, ...] | None


def known_names(
    attributes: Collection[str] | None,
    event_properties: Collection[str] | None,
    event_types: Collection[str] | None,
) -> KnownNames:
    """Return the names of the inputs together with those that the contract always knows.

    Inputs without any event know no event type, and so are no measure of the configuration.
    """
    return KnownNames(
        _together(attributes, frozenset({*RELATIONS["leads"], *DERIVED_ATTRIBUTES})),
        _properties(event_properties),
        _together(event_types, frozenset()) or None,
    )


def _properties(columns: Collection[str] | None) -> tuple[str, ...] | None:
    known = _together(columns, frozenset(RELATIONS["events"]))
    return None if known is None else tuple(name for name in known if name not in _NO_PROPERTIES)


def _together(names: Collection[str] | None, always: frozenset[str]) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted({name.lower() for name in names} | always))


def check_criterion(row: Row, names: KnownNames, findings: Findings) -> None:
    """Check that a criterion is complete and has nothing that its signal has no use for."""
    is_known = row["signal"] is not None and "signal" not in row.faulty
    signal = SIGNALS[row["signal"] or ""] if is_known else None
    if signal is None or signal.uses >= FILTER:
        _check_filter(row, names, findings)
    if signal is None or signal.needs_operator:
        _check_operand(CRITERIA, row, "operator", "value", findings)
    if signal is None:
        return
    for column in CRITERIA.column_names:
        if column in SIGNAL_CELLS - signal.uses and row[column] is not None:
            users = [name for name, other in SIGNALS.items() if column in other.uses]
            findings.cell(
                CRITERIA,
                row,
                column,
                f"the signal '{row['signal']}' has no use for {column} {shown(row[column] or '')}",
                allowed=f"a blank cell; {column} goes with {', '.join(users)}",
            )
    if signal.needs_operator and row["operator"] is None:
        findings.cell(
            CRITERIA,
            row,
            "operator",
            f"the signal '{row['signal']}' needs an operator",
            allowed=", ".join(OPERATORS),
        )
    subject = row["subject"]
    if subject == ANY_EVENT and not signal.takes_any_event:
        users = [name for name, other in SIGNALS.items() if other.takes_any_event]
        findings.cell(
            CRITERIA,
            row,
            "subject",
            f"the signal '{row['signal']}' cannot have the subject '{ANY_EVENT}'",
            allowed=("one event type" if signal.is_about_events else "one lead attribute")
            + f"; '{ANY_EVENT}' goes with {', '.join(users)}",
        )
    elif signal.is_about_events and subject != ANY_EVENT:
        _check_known(CRITERIA, row, "subject", "event type", names.event_types, findings)
    elif not signal.is_about_events:
        _check_known(CRITERIA, row, "subject", "attribute", names.attributes, findings)


def check_exclusion(row: Row, names: KnownNames, findings: Findings) -> None:
    """Check the attribute, operator and value of an exclusion."""
    _check_operand(EXCLUSIONS, row, "operator", "value", findings)
    _check_known(EXCLUSIONS, row, "attribute", "attribute", names.attributes, findings)


def _check_filter(row: Row, names: KnownNames, findings: Findings) -> None:
    if row["filter_property"] is None:
        for column in ("filter_operator", "filter_value"):
            if row[column] is not None:
                findings.cell(
                    CRITERIA,
                    row,
                    "filter_property",
                    f"{column} {shown(row[column] or '')} has no filter_property beside it",
                    allowed="an event property, or a blank filter",
                )
                return
        return
    if row["filter_operator"] is None:
        findings.cell(
            CRITERIA,
            row,
            "filter_operator",
            f"the filter on {shown(row['filter_property'])} has no operator",
            allowed=", ".join(OPERATORS),
        )
    else:
        _check_operand(CRITERIA, row, "filter_operator", "filter_value", findings)
    properties = names.event_properties
    _check_known(CRITERIA, row, "filter_property", "event property", properties, findings)


def _check_known(
    seed: Seed,
    row: Row,
    column: str,
    what: str,
    known: tuple[str, ...] | None,
    findings: Findings,
) -> None:
    name = row[column]
    if known is None or name is None or name.lower() in known:
        return
    findings.cell(
        seed,
        row,
        column,
        f"the inputs carry no {what} {shown(name)}",
        allowed=listed(known, "none"),
        close=nearest(name, known),
        severity=Severity.WARNING,
    )


def _check_operand(
    seed: Seed, row: Row, operator_column: str, value_column: str, findings: Findings
) -> None:
    name, value = row[operator_column], row[value_column]
    if name is None or operator_column in row.faulty:
        return
    operator = OPERATORS[name]
    if value is None:
        if operator.operand is not Operand.NONE:
            findings.cell(
                seed,
                row,
                value_column,
                f"the operator '{name}' needs a value and the cell is blank",
                allowed=operator.operand.value,
            )
        return
    message = _fault(operator, name, value)
    if message:
        findings.cell(
            seed,
            row,
            value_column,
            message,
            allowed=ALLOWED if operator.operand is Operand.PATTERN else operator.operand.value,
        )
    elif doubt := _doubt(operator, name, value):
        findings.cell(seed, row, value_column, doubt, severity=Severity.WARNING)


def _fault(operator: Operator, name: str, value: str) -> str | None:
    """Return what is wrong with an operator's value, None where it is right."""
    if operator.operand is Operand.NUMBER and comparable_number(value) is None:
        return f"the operator '{name}' compares numbers and {shown(value)} is none"
    if operator.operand is Operand.RANGE:
        return _range_fault(value)
    if operator.operand is Operand.PATTERN:
        try:
            check_pattern(value)
        except PatternError as error:
            return f"the expression {shown(value)} is refused: {error}"
    if operator.operand in (Operand.LIST, Operand.WORDS):
        items = value.split("|")
        for item in items:
            if trimmed(item) is None:
                return f"the list {shown(value)} has a blank item"
            if operator.operand is Operand.WORDS and not any(map(_is_word_character, item)):
                return f"the item {shown(item)} has no letter and no digit, so it is blank"
    return None


def _is_word_character(character: str) -> bool:
    return character.isalpha() or character.isdecimal()


def _range_fault(value: str) -> str | None:
    ends = [comparable_number(trimmed(part) or "") for part in value.split("|")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return f"the operator 'between' needs two numbers and {shown(value)} is not that"
    if ends[0] > ends[1]:
        return f"the range {shown(value)} begins above its end, so no number is in it"
    return None


def _doubt(operator: Operator, name: str, value: str) -> str | None:
    """Return what a user may not have meant by an allowed value."""
    if operator.operand is Operand.NONE:
        return f"the operator '{name}' takes no value; {shown(value)} is ignored"
    if operator.operand is Operand.TEXT and "|" in value:
        return f"the operator '{name}' takes one text: the | in {shown(value)} is part of it"
    if operator.operand is Operand.PATTERN and matches_anything(value):
        return f"the expression {shown(value)} matches every value"
    return None
