"""How a figure is written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal
    from typing import Any

_SUMMARY_COLUMNS = (
    "run_id",
    "started_at",
    "as_of_date",
    "relation",
    "rows_read",
    "rows_accepted",
    "rows_rejected",
    "invalid_created_at",
)


def counted(number: int, what: str) -> str:
    """Return a whole number with what it counts: 1 date, 2 dates."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def period(dates: int, first: date, last: date) -> str:
    """Return the one date, or how many there are with the first and the last."""
    return f"{first}" if dates == 1 else f"{counted(dates, 'date')}, {first} to {last}"


def why_rejected(row: Mapping[str, Any]) -> str:
    """Return for a row of the run summary which reasons rejected how many rows."""
    return ", ".join(
        f"{reason.replace('_', ' ')} {count:,}"
        for reason, count in row.items()
        if count and reason not in _SUMMARY_COLUMNS
    )


def plain(figure: Decimal) -> str:
    """Return a decimal without the zeros that only fill its scale."""
    return f"{figure.normalize() + 0:f}"
