"""Ranges of scoring dates, by days, weeks or months."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = ("day", "week", "month")


@dataclass(frozen=True)
class DateRange:
    """The dates from `first` on, one each `every` step, up to `last`, which need not be one."""

    first: date
    last: date
    every: str

    def dates(self) -> list[date]:
        """Return the dates in their order.

        A month's step keeps the day of the first date, or takes the last day of a month that is
        too short for it.
        """
        if self.every == "month":
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
            found = [_months_later(self.first, number) for number in range(months + 1)]
            return [each for each in found if each <= self.last]
        step = timedelta(days=7 if self.every == "week" else 1)
        steps = (self.last - self.first) // step
        return [self.first + step * number for number in range(steps + 1)]


def chunked(dates: Sequence[date], most: int) -> list[Sequence[date]]:
    """Return the dates in chunks of at most so many."""
    return [dates[start : start + most] for start in range(0, len(dates), most)]


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
