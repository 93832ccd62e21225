"""How a figure is written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


def counted(number: int, what: str) -> str:
    """Return a whole number with what it counts: 1 date, 2 dates."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def period(dates: int, first: date, last: date) -> str:
    """Return the one date, or how many there are with the first and the last."""
    return f"{first}" if dates == 1 else f"{counted(dates, 'date')}, {first} to {last}"


def plain(figure: Decimal) -> str:
    """Return a decimal without the zeros that only fill its scale."""
    return f"{figure.normalize() + 0:f}"
