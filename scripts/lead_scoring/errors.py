"""Errors that end the command, each with its documented exit code."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

_SHOWN_LENGTH = 160


class Severity(Enum):
    """How much a problem matters: an error refuses the run, a warning is only said."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a configuration or an input.

    `file` is the path as the user gave it, `line` the 1-based line in that file (the header is
    line 1), `column` the column's name, `value` the offending text, `allowed` what would have
    been right and `nearest` the known name that comes closest.
    """

    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: str | None = None
    value: str | None = None
    allowed: str | None = None
    nearest: str | None = None

    def as_dict(self) -> dict[str, str | int]:
        """Return the parts that are known, for a JSON report."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        parts["severity"] = self.severity.value
        return {name: value for name, value in parts.items() if value is not None}

    def sentence(self) -> str:
        """Return the problem as the one line that a user reads."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        details = [self.message]
        if self.allowed:
            details.append(
                f"allowed: {textwrap.shorten(self.allowed, _SHOWN_LENGTH, placeholder=' …')}"
            )
        if self.nearest:
            details.append(f"did you mean '{self.nearest}'?")
        subject = "" if self.column is None else f"{self.column}: "
        prefix = f"{place}: " if place else ""
        return prefix + subject + "; ".join(details)


class LeadScoringError(Exception):
    """A failure with a sentence for the user and an exit code; base of all of ours."""

    exit_code = 1

    def __init__(self, message: str, problems: list[Problem] | None = None) -> None:
        """Keep the sentence and, where there are several mistakes, all of them."""
        super().__init__(message)
        self.problems = problems or []


class BuildFailedError(LeadScoringError):
    """A model or a data test failed; nothing was published. Exit code 1."""


class VolumeGuardError(LeadScoringError):
    """The load shrank, or was rejected, beyond what is allowed: not published. Exit code 1."""


class ReportedError(LeadScoringError):
    """What was looked at may not be. Exit code 1; `facts` are the report, which stands."""

    def __init__(self, message: str, problems: list[Problem], facts: dict[str, Any]) -> None:
        """Keep the report beside the sentence."""
        super().__init__(message, problems)
        self.facts = facts


class ConditionHoldsError(ReportedError):
    """A condition of --fail-if holds. Exit code 1."""


class NotPromotedError(ReportedError):
    """A model is worse than the champion, or nobody can tell. Exit code 1."""


class UsageError(LeadScoringError):
    """The usage, the configuration or an input is wrong. Exit code 2."""

    exit_code = 2


class DatabaseBusyError(LeadScoringError):
    """Another process holds the database. Exit code 3."""

    exit_code = 3


class StorageError(LeadScoringError):
    """Disk full, permission denied, or a file that is corrupt or foreign. Exit code 4."""

    exit_code = 4
