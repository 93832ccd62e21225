"""Changes single rows of a configuration's files, and leaves every other byte as it is."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lead_scoring.configuration import PROMOTIONS
from lead_scoring.configuration_csv import Record, parse_csv
from lead_scoring.configuration_values import TRUE_WORDS
from lead_scoring.contract import trimmed
from lead_scoring.errors import DatabaseBusyError, UsageError
from lead_scoring.storage_errors import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BOM = b"\xef\xbb\xbf"
# Two rows that differ in this alone say the same.
_WHEN = "promoted_at"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other commands from changing a configuration folder until the block ends.

    The folder itself is locked, so that nothing is left in it.

    Raises:
        DatabaseBusyError: another process is changing it.
    """
    with storage_errors(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise DatabaseBusyError(
                f"{folder} is being changed by another process; try again when that has ended"
            ) from error
    try:
        yield
    finally:
        os.close(descriptor)


def with_champion(content: bytes, champion: str) -> bytes:
    """Return the models' file with another champion.

    Its cell of is_champion and that of the present champion change places, so that the new ones
    are written as the old ones were.

    Args:
        content: The file, of a configuration without errors.
        champion: A model that is not the champion.
    """
    header, records = parse_csv(content)
    column, name = _positions(header)["is_champion"], _positions(header)["model_id"]
    text = content.decode("utf-8-sig")
    (asked,) = [record for record in records if trimmed(record.cells[name]) == champion]
    (present,) = [record for record in records if _is_true(record.cells[column])]
    first, second = sorted((asked.spans[column], present.spans[column]))
    changed = "".join(
        (
            text[: first[0]],
            text[slice(*second)],
            text[first[1] : second[0]],
            text[slice(*first)],
            text[second[1] :],
        )
    )
    return _bom(content) + changed.encode()


def with_promotion(content: bytes | None, promotion: Mapping[str, str]) -> bytes:
    """Return the log of promotions with one more row.

    Where its last row says the same, but for the time, it stays as it is: that one was written by
    a promotion which was killed before it had changed the champion.

    Args:
        content: The file, of a configuration without errors; None where there is none.
        promotion: The cells of the row by their columns, all of them.

    Raises:
        UsageError: the file lacks a column.
    """
    if content is None:
        content = (",".join(PROMOTIONS.column_names) + "\n").encode()
    header, records = parse_csv(content)
    positions = _positions(header)
    missing = [name for name in PROMOTIONS.column_names if name not in positions]
    if missing:
        raise UsageError(
            f"{PROMOTIONS.file_name} lacks {', '.join(missing)}: add to its header what is missing"
        )
    if records:
        last = {name: trimmed(records[-1].cells[place]) for name, place in positions.items()}
        if all(last[name] == trimmed(cell) for name, cell in promotion.items() if name != _WHEN):
            return content
    text = content.decode("utf-8-sig")
    newline = "\r\n" if text.startswith("\r\n", header.spans[-1][1]) else "\n"
    cells = [""] * len(header.cells)
    for name, cell in promotion.items():
        cells[positions[name]] = cell
    row = io.StringIO()
    csv.writer(row, lineterminator=newline).writerow(cells)
    return content + ("" if text.endswith("\n") else newline).encode() + row.getvalue().encode()


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Replace files, each in one step and in the order given, when all are on the disk."""
    unfinished = {}
    try:
        for path, content in contents.items():
            # A link stays, and leads to the new file.
            target = path.resolve()
            unfinished[target] = target.with_name(f".{target.name}.tmp")
            with storage_errors(target), unfinished[target].open("wb") as file:
                file.write(content)
                if target.exists():
                    shutil.copymode(target, file.name)
                file.flush()
                os.fsync(file.fileno())
        for target, written in unfinished.items():
            with storage_errors(target):
                written.replace(target)
                _sync_folder(target.parent)
    finally:
        for written in unfinished.values():
            written.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _positions(header: Record) -> dict[str, int]:
    return {(trimmed(text) or "").lower(): place for place, text in enumerate(header.cells)}


def _is_true(text: str) -> bool:
    return (trimmed(text) or "").lower() in TRUE_WORDS


def _bom(content: bytes) -> bytes:
    return _BOM if content.startswith(_BOM) else b""
