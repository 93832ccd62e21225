"""The way of a lead through its stages, worked out from the definition and not by SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

EXCLUDED = ("customer", "disqualified")


@dataclass(frozen=True)
class Rule:
    """A stage with its conditions; those that are not given are None."""

    stage: str
    order: int
    min_score: Decimal | None = None
    exit_score: Decimal | None = None
    min_fit: Decimal | None = None
    min_engagement: Decimal | None = None
    min_days: int | None = None
    recycle_after_days: int | None = None

    def is_met(self, day: Day, score: Decimal | None) -> bool:
        """Whether the conditions hold, with this limit on the score."""
        return (
            (score is None or day.score >= score)
            and (self.min_fit is None or day.fit >= self.min_fit)
            and (self.min_engagement is None or day.engagement >= self.min_engagement)
        )

    def is_held(self, day: Day) -> bool:
        """Whether a lead that is in the stage keeps it by its figures."""
        limit = self.min_score if self.exit_score is None else self.exit_score
        return self.is_met(day, limit)

    def is_silent(self, day: Day) -> bool:
        """Whether there was no event for too long."""
        if self.recycle_after_days is None:
            return False
        if day.last_engaged_on is None:
            return True
        return (day.on - day.last_engaged_on).days >= self.recycle_after_days


@dataclass(frozen=True)
class Day:
    """A scored date of one lead; `excluded` is customer, disqualified or None."""

    on: date
    score: Decimal
    fit: Decimal = Decimal(0)
    engagement: Decimal = Decimal(0)
    last_engaged_on: date | None = None
    excluded: str | None = None


@dataclass(frozen=True)
class State:
    """Where a lead is after a scored date, and why, if it came there on it."""

    on: date
    stage: str
    entered_on: date
    reason: str | None
    left: str | None
    days_in_left: int | None


def candidate(rules: Sequence[Rule], day: Day) -> str:
    """Return the stage that a lead would be given anew."""
    open_rules = [
        rule for rule in rules if rule.is_met(day, rule.min_score) and not rule.is_silent(day)
    ]
    return max(open_rules, key=lambda rule: rule.order).stage


def replay(days: Sequence[Day], rules: Sequence[Rule]) -> list[State]:
    """Return the state after each date, the dates in their order."""
    by_name = {rule.stage: rule for rule in rules}
    states: list[State] = []
    for day in days:
        target = day.excluded or candidate(rules, day)
        before = states[-1] if states else None
        reason = _reason(before, target, day, by_name)
        if before is not None and reason is None:
            states.append(State(day.on, before.stage, before.entered_on, None, None, None))
        else:
            stayed = None if before is None else (day.on - before.entered_on).days
            left = None if before is None else before.stage
            states.append(State(day.on, target, day.on, reason, left, stayed))
    return states


def _reason(before: State | None, target: str, day: Day, by_name: Mapping[str, Rule]) -> str | None:
    if before is None:
        return "entered"
    if target == before.stage:
        return None
    if target in EXCLUDED:
        return "won" if target == "customer" else target
    if before.stage in EXCLUDED:
        return "reinstated"
    own = by_name.get(before.stage)
    if own is None:
        return "reconfigured"
    if by_name[target].order > own.order:
        return "qualified"
    if own.is_silent(day):
        return "recycled"
    if own.is_held(day) or (day.on - before.entered_on).days < (own.min_days or 0):
        return None
    return "dropped"


def funnel(
    paths: Sequence[Sequence[State]], dates: Sequence[date], rules: Sequence[Rule]
) -> dict[tuple[date, str], tuple[Any, ...]]:
    """Return for each date and stage the figures of the funnel, in the order of its columns."""
    orders = {rule.stage: rule.order for rule in rules}
    stays = []
    for path in paths:
        moves = [state for state in path if state.reason]
        ends: list[State | None] = [*moves[1:], None]
        stays += list(zip(moves, ends, strict=True))
    found = {}
    for day in dates:
        names = {*orders, *(entry.stage for entry, _ in stays if entry.on <= day)}
        for name in names:
            own = [(entry, end) for entry, end in stays if entry.stage == name and entry.on <= day]
            ended = [(entry, end) for entry, end in own if end is not None and end.on <= day]
            converted = [
                (entry, end)
                for entry, end in ended
                if end.reason in ("qualified", "won") and name not in EXCLUDED
            ]
            lengths = [(end.on - entry.on).days for entry, end in converted]
            rate = None
            if own and name in orders:
                rate = (Decimal(len(converted)) / len(own)).quantize(
                    Decimal("0.0001"), ROUND_HALF_UP
                )
            found[day, name] = (
                orders.get(name),
                sum(state.stage == name for path in paths for state in path if state.on == day),
                sum(entry.on == day for entry, _ in own),
                sum(end.on == day for _, end in ended),
                sum(end.on == day for _, end in converted),
                len(own),
                len(converted),
                rate,
                Decimal(str(median(lengths))).quantize(Decimal("0.1")) if lengths else None,
            )
    return found
