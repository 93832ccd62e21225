"""The conditions of `diff --fail-if`: what a change of rules may not do.

condition = subject operator number [unit]
subject   = STAGE | "stage:" STAGE | "team:" TEAM | "stage_changes" | "rank_correlation"
operator  = ">" | ">=" | "<" | "<="
number    = digits, perhaps with a point and decimals
unit      = "x", times the leads before, of a stage or a team
          | "%", percent of all leads, of stage_changes
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lead_scoring.errors import UsageError
from lead_scoring.figures import plain
from lead_scoring.names import suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

STAGE_CHANGES = "stage_changes"
RANK_CORRELATION = "rank_correlation"

_STAGE, _TEAM = "stage", "team"
_EXAMPLES = '"mql > 1.2x", "team:sales > 500", "stage_changes > 5%", "rank_correlation < 0.9"'
_OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_CONDITION = re.compile(
    r"\s*(?P<subject>.*?\S)\s*(?P<operator>[<>]=?)\s*"
    r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(?P<unit>[x%]?)\s*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Change:
    """A number of leads before and after."""

    before: int
    after: int


@dataclass(frozen=True)
class Figures:
    """What conditions are about.

    `stages` and `teams` are the leads by name; `leads` all of them; `rank_correlation` is None
    where fewer than two leads are ranked in both.
    """

    leads: int
    stages: Mapping[str, Change]
    teams: Mapping[str, Change]
    stage_changes: int
    rank_correlation: Decimal | None


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds, and why: the figure, and what it was compared with.

    A figure that there is not is None, and the condition counts as one that holds.
    """

    condition: str
    figure: Decimal | None
    limit: Decimal
    holds: bool

    def sentence(self) -> str:
        """Return why the command fails."""
        if self.figure is None:
            return f"'{self.condition}' can't be told: fewer than two leads are ranked in both"
        return (
            f"'{self.condition}' holds: it is {plain(self.figure)}, the limit {plain(self.limit)}"
        )

    def facts(self) -> dict[str, Any]:
        """Return the verdict as plain values for a JSON report."""
        return {
            "condition": self.condition,
            "figure": self.figure,
            "limit": self.limit,
            "holds": self.holds,
        }


@dataclass(frozen=True)
class Condition:
    """One condition; `kind` is stage, team, stage_changes or rank_correlation."""

    text: str
    kind: str
    name: str
    operator: str
    number: Decimal
    unit: str

    def check(self, stages: Collection[str], teams: Collection[str]) -> None:
        """Refuse a stage or team that neither configuration names.

        Raises:
            UsageError: with the names there are.
        """
        known = {_STAGE: stages, _TEAM: teams}.get(self.kind)
        if known is None or self.name in known:
            return
        among = [*known, STAGE_CHANGES, RANK_CORRELATION] if self.kind == _STAGE else list(known)
        raise UsageError(
            f"--fail-if '{self.text}': neither configuration has the {self.kind} '{self.name}'"
            f"; allowed: {', '.join(among) or 'none'}{suggestion(self.name, among)}"
        )

    def judge(self, figures: Figures) -> Verdict:
        """Compare the condition's figure with its limit.

        A number with `x` is a multiple of the leads before, which may be none; one with `%` is a
        share of all leads.
        """
        limit, figure = self.number, self._figure(figures)
        if self.unit == "x":
            limit *= self._change(figures).before
        elif self.unit == "%":
            limit *= Decimal(figures.leads) / 100
        holds = figure is None or _OPERATORS[self.operator](figure, limit)
        return Verdict(self.text, figure, limit, holds)

    def _figure(self, figures: Figures) -> Decimal | None:
        if self.kind == STAGE_CHANGES:
            return Decimal(figures.stage_changes)
        if self.kind == RANK_CORRELATION:
            return figures.rank_correlation
        return Decimal(self._change(figures).after)

    def _change(self, figures: Figures) -> Change:
        counted = figures.stages if self.kind == _STAGE else figures.teams
        return counted.get(self.name, Change(0, 0))


def parse_condition(text: str) -> Condition:
    """Read a condition as the user typed it.

    Raises:
        UsageError: it does not follow the grammar, or its unit or number makes no sense.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(
            f"--fail-if '{text}' is not of the form SUBJECT OPERATOR NUMBER, as in {_EXAMPLES}"
        )
    kind, name = _subject(found["subject"])
    condition = Condition(
        " ".join(text.split()), kind, name, found["operator"], Decimal(found["number"]),
        found["unit"],
    )  # fmt: skip
    if condition.unit == "x" and kind not in (_STAGE, _TEAM):
        raise UsageError(f"--fail-if '{text}': {kind} has no figure before to multiply")
    if condition.unit == "%" and kind != STAGE_CHANGES:
        raise UsageError(
            f"--fail-if '{text}': only {STAGE_CHANGES} is given in %; for a multiple of the "
            "figure before write 1.2x"
        )
    if condition.unit == "%" and condition.number > 100:
        raise UsageError(f"--fail-if '{text}': a share of the leads is at most 100%")
    if kind == RANK_CORRELATION and condition.number > 1:
        raise UsageError(f"--fail-if '{text}': a rank correlation is at most 1")
    return condition


def _subject(text: str) -> tuple[str, str]:
    if text in (STAGE_CHANGES, RANK_CORRELATION):
        return text, text
    kind, colon, name = text.partition(":")
    if colon and kind in (_STAGE, _TEAM):
        return kind, name.strip()
    return _STAGE, text
