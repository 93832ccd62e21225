"""Finds the files that a path or a glob of the user stands for."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from lead_scoring.errors import Problem, Severity

_KINDS = ".csv, .csv.gz, .parquet, .pq"


class FileKind(Enum):
    """How a file is read."""

    CSV = "CSV"
    PARQUET = "Parquet"


@dataclass(frozen=True)
class InputFile:
    """One file: the name as the user gave it or as the glob found it, and the absolute path."""

    name: str
    path: Path
    kind: FileKind


@dataclass(frozen=True)
class FileVersion:
    """A file as it is now: its absolute path, its size in bytes, and when it was written."""

    path: str
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> FileVersion:
        """Look at a file, without opening it.

        Raises:
            OSError: it is gone, or may not be looked at.
        """
        facts = path.stat()
        return cls(str(path), facts.st_size, facts.st_mtime_ns)


def find_files(pattern: str) -> tuple[list[InputFile], list[Problem]]:
    """Return the files of a path or glob in the order of their names, and what is wrong with them.

    A file that exists under the very name is that file, also where the name looks like a glob.
    """
    typed = str(Path(pattern).expanduser()) if pattern.startswith("~") else pattern
    is_there = bool(typed) and Path(typed).exists()
    names = [typed] if is_there else _matching(typed)
    if not names:
        is_glob = glob.has_magic(typed)
        message = "no file matches" if is_glob else "there is no such file"
        return [], [_error(message, pattern)]
    problems: list[Problem] = []
    files: list[InputFile] = []
    for name in names:
        path = Path(name).absolute()
        kind = _kind(path)
        if path.is_dir():
            problems.append(
                _error("it is a folder", name, "a file, or a glob such as 'folder/*.csv'")
            )
        elif not path.is_file():
            problems.append(_error("it is no regular file", name, "a file that stays on disk"))
        elif kind is None:
            problems.append(_error("the name does not say what kind of file it is", name, _KINDS))
        else:
            files.append(InputFile(name, path, kind))
    if len({file.kind for file in files}) > 1:
        problems.append(
            _error("CSV and Parquet files are mixed", pattern, "files of one kind in one glob")
        )
    return files, problems


def _matching(pattern: str) -> list[str]:
    # A user's pattern may be absolute, and hidden files are not meant by a star.
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob does neither
    # Where ** matches in several ways, a file comes more than once.
    return sorted({*found})


def _kind(path: Path) -> FileKind | None:
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return FileKind.CSV
    return FileKind.PARQUET if name.endswith((".parquet", ".pq")) else None


def _error(message: str, file: str, allowed: str | None = None) -> Problem:
    return Problem(Severity.ERROR, message, file=file, allowed=allowed)
