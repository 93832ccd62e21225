"""Collects what is wrong with a configuration, each with its place, in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lead_scoring.configuration import SEEDS, Row, Seed
from lead_scoring.configuration_values import shown
from lead_scoring.errors import Problem, Severity
from lead_scoring.names import nearest

_LISTED = 20
_KEPT_LENGTH = 200


class Findings:
    """The problems of one configuration folder."""

    def __init__(self, folder: Path) -> None:
        """Begin without a problem; `folder` is shown as the user gave it."""
        self._folder = folder
        self._found: list[tuple[tuple[int, int, int], Problem]] = []

    def problems(self) -> list[Problem]:
        """Return all problems by file, line and column, each of the three in its own order."""
        return [problem for _, problem in sorted(self._found, key=lambda pair: pair[0])]

    def cell(
        self,
        seed: Seed,
        row: Row,
        column: str,
        message: str,
        *,
        allowed: str | None = None,
        close: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a problem of one cell."""
        self.file(
            seed,
            message,
            line=row.line,
            column=column,
            value=row[column] or "",
            allowed=allowed,
            close=close,
            severity=severity,
        )

    def file(
        self,
        seed: Seed,
        message: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
        allowed: str | None = None,
        close: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a problem of a file, or of a line or column in it."""
        names = seed.column_names
        place = (
            SEEDS.index(seed),
            line or 0,
            names.index(column) if column in names else len(names),
        )
        problem = Problem(
            severity,
            message,
            str(self._folder / seed.file_name),
            line,
            column,
            None if value is None else value[:_KEPT_LENGTH],
            allowed,
            close,
        )
        self._found.append((place, problem))

    def folder(self, message: str, *, allowed: str | None = None) -> None:
        """Add an error of the folder as a whole."""
        problem = Problem(Severity.ERROR, message, str(self._folder), allowed=allowed)
        self._found.append(((-1, 0, 0), problem))

    def ignored_file(self, name: str) -> None:
        """Warn of a CSV file in the folder that is no scoring seed."""
        problem = Problem(
            Severity.WARNING,
            f"the file {shown(name)} is no scoring seed and is ignored",
            str(self._folder / name),
            allowed=", ".join(seed.file_name for seed in SEEDS),
            nearest=nearest(name, [seed.file_name for seed in SEEDS]),
        )
        self._found.append(((len(SEEDS), 0, 0), problem))


def listed(names: Iterable[str], otherwise: str) -> str:
    """Return known names for the `allowed` of a problem, not more than fit on a screen."""
    known = list(names)
    text = ", ".join(known[:_LISTED])
    return f"{text}, … ({len(known)} in all)" if len(known) > _LISTED else text or otherwise
