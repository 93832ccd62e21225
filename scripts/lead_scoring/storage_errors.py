"""The sentences for what a disk, a lock or a damaged file does to us."""

from __future__ import annotations

import errno
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from lead_scoring.errors import DatabaseBusyError, LeadScoringError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCKED_FILE = re.compile(r'Could not set lock on file "(?P<file>[^"]*)"')
_HOLDER = re.compile(r"\(PID (?P<pid>\d+)\)")
# DuckDB repeats an error of a background write as JSON, with its quotes escaped.
_NAMED_FILE = re.compile(r'file:? \\?"(?P<file>[^"\\]+)\\?"')

_DISK_FULL = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "max_temp_directory_size",
)
_FORBIDDEN = ("Permission denied", "Operation not permitted", "Read-only file system")
_DAMAGED = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "Could not read enough bytes",
    "Failed to deserialize",
    "Serialization Error",
    "WAL file",
    "database has been invalidated",
)
# The sentence on a damaged database where DuckDB did not say which.
_UNNAMED_DAMAGE = "the database is damaged, or is not one of DuckDB's ("
_NEWER = ("newer version of DuckDB", "database file with version number")


def translate_duckdb_error(error: Exception) -> LeadScoringError | None:
    """Return our error for a failure of DuckDB that has to do with storage, else None."""
    known = translate_message(str(error))
    if known is not None:
        return known
    if isinstance(error, duckdb.OutOfMemoryException):
        return StorageError(f"DuckDB ran out of memory: {_first_line(str(error))}")
    if isinstance(error, duckdb.IOException | duckdb.FatalException):
        return StorageError(f"DuckDB could not read or write: {_first_line(str(error))}")
    return None


def translate_message(text: str) -> LeadScoringError | None:
    """Return our error for DuckDB's words, wherever they were quoted, else None."""
    locked = _LOCKED_FILE.search(text)
    if locked is not None:
        holder = _HOLDER.search(text)
        process = f"process {holder['pid']}" if holder else "another process"
        return DatabaseBusyError(
            f"{process} holds the database {locked['file']}; "
            "close it there, or wait for it with --wait SECONDS"
        )
    named = _NAMED_FILE.search(text)
    file = f": {named['file']}" if named else ""
    if any(words in text for words in _DISK_FULL):
        return StorageError(f"the disk is full{file}; free some space and run again")
    if any(words in text for words in _FORBIDDEN):
        return StorageError(f"no permission to write or read{file}")
    if any(words in text for words in _NEWER):
        return StorageError(f"the database was written by a newer version of DuckDB{file}")
    if any(words in text for words in _DAMAGED):
        return StorageError(
            f"the database is damaged, or is not one of DuckDB's{file} ({_first_line(text)})"
        )
    return None


def translate_os_error(error: OSError, subject: Path) -> StorageError:
    """Return our error for one of the operating system; `subject` is named if it names no file."""
    place = error.filename or subject
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError(f"the disk is full: {place}; free some space and run again")
    if error.errno in (errno.EACCES, errno.EPERM):
        return StorageError(f"no permission to write or read: {place}")
    if error.errno == errno.EROFS:
        return StorageError(f"the file system is read-only: {place}")
    return StorageError(f"{error.strerror or error}: {place}")


@contextmanager
def storage_errors(subject: Path) -> Iterator[None]:
    """Turn the storage failures of DuckDB and the operating system into ours.

    Raises:
        StorageError: disk full, no permission, a damaged file.
        DatabaseBusyError: another process holds a database.
    """
    try:
        yield
    except duckdb.Error as error:
        known = translate_duckdb_error(error)
        if known is None:
            raise
        if str(known).startswith(_UNNAMED_DAMAGE):
            known = StorageError(f"{subject}: {known}")
        raise known from error
    except OSError as error:
        raise translate_os_error(error, subject) from error


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason given"
