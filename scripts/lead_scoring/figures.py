"""How a figure is written for people."""

from __future__ import annotations

from decimal import Decimal


def counted(number: int, what: str) -> str:
    """Return a whole number with what it counts: 1 date, 2 dates."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def plain(figure: Decimal) -> str:
    """Return a decimal without the zeros that only fill its scale."""
    return f"{figure.normalize() + 0:f}"
