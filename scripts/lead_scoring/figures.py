"""How a figure is written for people."""

from __future__ import annotations

from decimal import Decimal


def plain(figure: Decimal) -> str:
    """Return a decimal without the zeros that only fill its scale."""
    return f"{figure.normalize() + 0:f}"
