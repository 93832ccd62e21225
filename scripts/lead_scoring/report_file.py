"""The page of an output folder: one file, replaced in one step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lead_scoring.errors import StorageError
from lead_scoring.storage_errors import storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from lead_scoring.output_folder import OutputFolder

NAME = "report.html"
# How every page of ours begins.
HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta name="generator" content="lead_scoring report">
"""


def page_path(folder: OutputFolder) -> Path:
    """Return where the page of an output folder is.

    Raises:
        StorageError: something else is there.
    """
    path = folder.path / NAME
    if os.path.lexists(path) and not _is_ours(path):
        raise StorageError(
            f"{path} is in the way: it was not made by report, and is not overwritten; move it away"
        )
    return path


def write_page(path: Path, page: str) -> None:
    """Write the page; the file appears, or is replaced, in one step."""
    # What a kill leaves under this name, the next one replaces.
    unfinished = path.with_name(f".{path.name}.tmp")
    with storage_errors(path):
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(page)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def remove_page(folder: OutputFolder) -> None:
    """Remove the page of an output folder, and what a killed command left of one."""
    path = folder.path / NAME
    with storage_errors(path):
        path.with_name(f".{path.name}.tmp").unlink(missing_ok=True)
        if os.path.lexists(path) and _is_ours(path):
            path.unlink()


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    head = HEAD.encode()
    with path.open("rb") as file:
        return file.read(len(head)) == head
