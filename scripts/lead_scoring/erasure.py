"""The leads that are to be forgotten, as a user names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lead_scoring.contract import trimmed
from lead_scoring.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def read_lead_ids(path: Path) -> tuple[str, ...]:
    """Return the ids of a file that has one on each line, trimmed as the contract trims them.

    Raises:
        UsageError: there is no such file, it is not UTF-8, or it names no lead.
        StorageError: the file may not be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"there is no such file: {path}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8") from error
    except OSError as error:
        raise StorageError(f"{path} can't be read: {error.strerror}") from error
    ids = tuple(dict.fromkeys(filter(None, map(trimmed, lines))))
    if not ids:
        raise UsageError(f"{path} names no lead; it has the id of a lead on each line")
    return ids
