"""A folder of its own below an output folder, to score in without publishing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lead_scoring.output_folder import OutputFolder
from lead_scoring.storage_errors import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def scratch_folder(folder: OutputFolder, name: str, wait_seconds: float) -> Iterator[OutputFolder]:
    """Give a folder to score in, under a lock of its own: runs may publish meanwhile.

    What personal data a killed one has left there is removed by the next.
    """
    scratch = OutputFolder(folder.work / name)
    with scratch.hold(wait_seconds):
        _remove_database(scratch)
        try:
            yield scratch
        finally:
            _remove_database(scratch)


def _remove_database(scratch: OutputFolder) -> None:
    with storage_errors(scratch.work):
        for path in scratch.work.glob(f"{scratch.work_database.name}*"):
            if path.is_file():
                path.unlink()
