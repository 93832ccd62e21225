"""The layout of an output folder, and the lock that lets one command at a time write to it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from lead_scoring.errors import DatabaseBusyError, StorageError
from lead_scoring.storage_errors import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_POLL_SECONDS = 0.1
_COMMAND_LINE_LENGTH = 160


@dataclass(frozen=True)
class OutputFolder:
    """A folder with one work database, its publications and the stable names that lead to them."""

    path: Path

    @property
    def work(self) -> Path:
        """The folder of what a run builds before anyone may see it."""
        return self.path / ".work"

    @property
    def work_database(self) -> Path:
        """The database that dbt builds and tests in."""
        return self.work / "warehouse.duckdb"

    @property
    def runs(self) -> Path:
        """The folder with one folder per publication."""
        return self.path / ".runs"

    @property
    def pointer(self) -> Path:
        """The symbolic link to the current publication: the one thing that publishing replaces."""
        return self.path / ".current"

    @property
    def lock(self) -> Path:
        """The file that is locked while a command writes here; it is never removed."""
        return self.path / ".lock"

    @contextmanager
    def hold(self, wait_seconds: float = 0) -> Iterator[None]:
        """Create the folders and keep every other command out until the block ends.

        The operating system lets go of the lock when the process ends, however it ends.

        Args:
            wait_seconds: how long to wait for another holder; 0 gives up at once.

        Raises:
            DatabaseBusyError: another process still holds the folder after the wait.
            StorageError: the folder can't be created or written.
        """
        with storage_errors(self.path):
            self._create()
            lock = self.lock.open("a+", encoding="utf-8")
        with lock:
            self._acquire(lock, wait_seconds)
            with storage_errors(self.lock):
                _sign(lock)
            yield

    def _create(self) -> None:
        for folder in (self.path, self.work, self.runs):
            if folder.exists() and not folder.is_dir():
                raise StorageError(f"{folder} is a file, and a folder is needed there")
            folder.mkdir(parents=True, exist_ok=True)

    def _acquire(self, lock: TextIO, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds
        while True:
            with storage_errors(self.lock):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    return
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise DatabaseBusyError(
                    f"{self.path} is in use by {_holder(lock)}; wait until that has ended, "
                    "or let this command wait with --wait SECONDS"
                )
            # A blocking flock could not be given a deadline; a sleep is also what a signal ends.
            time.sleep(min(_POLL_SECONDS, remaining))


def _sign(lock: TextIO) -> None:
    """Write who holds the lock into it, for the sentence that the next one reads."""
    started_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "started_at": started_at}) + "\n")
    lock.flush()


def _holder(lock: TextIO) -> str:
    lock.seek(0)
    try:
        signature = json.loads(lock.read())
        pid, started_at = int(signature["pid"]), str(signature["started_at"])
    except (ValueError, KeyError, TypeError):
        return "another process"
    command_line = _command_line(pid)
    described = f" ({command_line})" if command_line else ""
    return f"process {pid}{described} since {started_at}"


def _command_line(pid: int) -> str:
    """Return what was typed to start a process, shortened; empty where it can't be known."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        text = b" ".join(words).decode("utf-8", "replace")
    except OSError:
        try:
            listed = subprocess.run(
                ["ps", "-o", "args=", "-p", str(pid)],
                capture_output=True,
                text=True,
                timeout=5,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        text = listed.stdout
    text = " ".join(text.split())
    if len(text) > _COMMAND_LINE_LENGTH:
        return text[: _COMMAND_LINE_LENGTH - 1] + "…"
    return text
