"""Reads single values of a configuration: numbers, flags, dates and timestamps."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal

from lead_scoring.configuration import Column, Figure, Kind

TRUE_WORDS = frozenset({"true", "t", "1", "yes", "y"})
FALSE_WORDS = frozenset({"false", "f", "0", "no", "n"})

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)Z?")
_SHOWN_LENGTH = 60


class CellError(ValueError):
    """A cell that its column does not allow; `allowed` says what it would."""

    def __init__(self, message: str, allowed: str) -> None:
        """Keep what is wrong and what would have been right."""
        super().__init__(message)
        self.message = message
        self.allowed = allowed


def shown(text: str) -> str:
    """Return a value in quotes, short and printable, for a message."""
    start = text[:_SHOWN_LENGTH]
    printable = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in start
    )
    return f"'{printable}{'…' if len(text) > _SHOWN_LENGTH else ''}'"


def number(text: str) -> Decimal | None:
    """Return the exact number that a text writes, None where it is no number to the contract."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def comparable_number(text: str) -> float | None:
    """Return a number in double precision; None for no number and for one beyond its range."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def canonical_cell(column: Column, text: str) -> str:
    """Return a trimmed cell in its canonical form.

    Args:
        column: The column the cell stands in.
        text: What the cell holds, trimmed, not blank.

    Raises:
        CellError: Where the column does not allow the text.
    """
    if column.kind is Kind.CHOICE:
        if (word := text.lower()) not in column.choices:
            what = "operator" if column.name.endswith("operator") else column.name
            raise CellError(f"unknown {what} {shown(text)}", ", ".join(column.choices))
        return word
    if column.kind is Kind.FLAG:
        if (word := text.lower()) in TRUE_WORDS:
            return "true"
        if word in FALSE_WORDS:
            return "false"
        raise CellError(f"{shown(text)} is neither true nor false", "true, false")
    if column.kind is Kind.DATE:
        return _canonical_date(text)
    if column.kind is Kind.TIMESTAMP:
        return _canonical_timestamp(text)
    if column.figure is not None:
        return _canonical_figure(column.figure, text)
    return text


def _canonical_date(text: str) -> str:
    try:
        # fromisoformat alone would take other forms too, from Python 3.11 on.
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise CellError(f"{shown(text)} is not a date", Kind.DATE.value)


def _canonical_timestamp(text: str) -> str:
    try:
        if found := _TIMESTAMP.fullmatch(text):
            return f"{datetime.fromisoformat(' '.join(found.groups()))}"
    except ValueError:
        pass
    raise CellError(f"{shown(text)} is not a timestamp", Kind.TIMESTAMP.value)


def _canonical_figure(figure: Figure, text: str) -> str:
    value = number(text)
    if value is None:
        raise CellError(f"{shown(text)} is not a number", figure.allowed)
    if not value:
        value = Decimal(0)
    if value < figure.low or (value == figure.low and not figure.low_counts):
        raise CellError(f"{shown(text)} is too small", figure.allowed)
    if value > figure.high or (value == figure.high and not figure.high_counts):
        raise CellError(f"{shown(text)} is too large", figure.allowed)
    digits, exponent = _significant(value)
    if -exponent > figure.decimals:
        raise CellError(
            f"{shown(text)} is not a whole number"
            if figure.decimals == 0
            else f"{shown(text)} has more than {figure.decimals} decimals",
            figure.allowed,
        )
    return format(Decimal((int(value < 0), digits, exponent)), "f")


def _significant(value: Decimal) -> tuple[tuple[int, ...], int]:
    """Return the digits and the exponent of a number, without zeros at the end."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise TypeError("not a finite number")
    kept = len(digits)
    while kept > 1 and digits[kept - 1] == 0:
        kept -= 1
    if not any(digits):
        return (0,), 0
    return digits[:kept], exponent + len(digits) - kept
