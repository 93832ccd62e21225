"""How figures are written on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lead_scoring.figures import counted

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    Number = int | float | Decimal

NONE = "\N{EN DASH}"


def count(number: int | None, what: str = "") -> str:
    """Return a whole number, with what it counts in the right number: 1 lead, 2 leads."""
    if number is None:
        return NONE
    return counted(number, what) if what else f"{number:,}"


def decimal(number: Number | None, places: int = 1) -> str:
    """Return a number with so many decimals."""
    return NONE if number is None else _signed(f"{number:,.{places}f}")


def change(number: Number) -> str:
    """Return a number with its sign."""
    return _signed(f"{number:+,.1f}")


def share(number: Number | None, places: int = 1) -> str:
    """Return a share as a percentage."""
    return NONE if number is None else f"{number:.{places}%}"


def times(number: Number | None, places: int = 2) -> str:
    """Return how many times something is."""
    return NONE if number is None else f"{number:.{places}f}\N{MULTIPLICATION SIGN}"


def interval(figure: str, low: str, high: str) -> str:
    """Return a figure with its interval, where there is one."""
    return figure if NONE in (low, high) else f"{figure} ({low} to {high})"


def day(when: date) -> str:
    """Return a date as it is read."""
    return f"{when.day} {when:%B %Y}"


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
