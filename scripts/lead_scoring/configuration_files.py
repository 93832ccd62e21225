"""Reads the files of a configuration folder into tables of canonical cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lead_scoring.configuration import SEEDS, Column, Kind, Row, Seed
from lead_scoring.configuration_csv import CsvError, Record, read_csv
from lead_scoring.configuration_findings import Findings
from lead_scoring.configuration_values import CellError, canonical_cell, shown
from lead_scoring.contract import trimmed
from lead_scoring.errors import Severity
from lead_scoring.names import nearest


@dataclass(frozen=True)
class Table:
    """The rows of one file; not read where the file has a fault as a whole.

    A table is whole when it was read and has every required column, so that what refers to its
    rows can be checked.
    """

    rows: list[Row] = field(default_factory=list)
    is_read: bool = True
    is_whole: bool = True


_UNREAD = Table(is_read=False, is_whole=False)


def read_tables(folder: Path, findings: Findings) -> dict[str, Table]:
    """Read the ten files, adding to the findings whatever is wrong with files and cells.

    Args:
        folder: The configuration folder.
        findings: Where problems go.

    Returns:
        A table for every seed, by its name.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        findings.folder(
            f"the configuration folder {what}",
            allowed="a folder with " + ", ".join(seed.file_name for seed in SEEDS if seed.needed),
        )
        return {seed.name: _UNREAD for seed in SEEDS}
    known = {seed.file_name for seed in SEEDS}
    others = sorted(path.name for path in folder.glob("*.csv") if path.name not in known)
    for name in others:
        findings.ignored_file(name)
    return {seed.name: _read_table(folder, seed, others, findings) for seed in SEEDS}


def _read_table(folder: Path, seed: Seed, others: list[str], findings: Findings) -> Table:
    path = folder / seed.file_name
    if not path.exists():
        if not seed.needed:
            return Table()
        findings.file(
            seed,
            f"the file {seed.file_name} is missing",
            allowed="a configuration folder needs "
            + ", ".join(seed.file_name for seed in SEEDS if seed.needed),
            close=nearest(seed.file_name, others),
        )
        return _UNREAD
    try:
        header, records = read_csv(path)
    except CsvError as error:
        findings.file(seed, error.message, line=error.line, allowed=error.allowed)
        return _UNREAD
    except OSError as error:
        findings.file(seed, f"the file cannot be read: {error.strerror}")
        return _UNREAD
    positions = _positions(seed, header, findings)
    if positions is None:
        return _UNREAD
    missing = _missing_columns(seed, header, positions, findings)
    rows = [
        row
        for record in records
        if (row := _row(seed, positions, missing, record, findings)) is not None
    ]
    return Table(rows, is_whole=not missing)


def _positions(seed: Seed, header: Record, findings: Findings) -> dict[str, int] | None:
    """Return where each column stands in the file, None where the header is contradictory."""
    positions: dict[str, int] = {}
    is_clear = True
    for position, text in enumerate(header.cells):
        name = (trimmed(text) or "").lower()
        allowed = ", ".join(seed.column_names)
        if not name:
            message = f"column {position + 1} of the header has no name"
            findings.file(seed, message, line=header.line, value="", allowed=allowed)
            is_clear = False
        elif name in positions:
            message = f"the column {shown(name)} stands twice in the header"
            findings.file(
                seed, message, line=header.line, column=name, value=name, allowed="each column once"
            )
            is_clear = False
        else:
            positions[name] = position
            if name not in seed.column_names:
                findings.file(
                    seed,
                    f"the column {shown(name)} is unknown and is ignored",
                    line=header.line,
                    column=name,
                    value=name,
                    allowed=allowed,
                    close=nearest(name, seed.column_names),
                    severity=Severity.WARNING,
                )
    return positions if is_clear else None


def _missing_columns(
    seed: Seed, header: Record, positions: dict[str, int], findings: Findings
) -> set[str]:
    needed = {column.name for column in seed.columns if column.required}
    missing = needed - positions.keys()
    others = [name for name in positions if name not in seed.column_names]
    for name in sorted(missing, key=seed.column_names.index):
        close = nearest(name, others)
        findings.file(
            seed,
            f"the required column {shown(name)} is missing"
            + (f", {shown(close)} comes closest" if close else ""),
            line=header.line,
            column=name,
            value="",
            allowed=", ".join(seed.column_names),
            close=name if close else None,
        )
    return missing


def _row(
    seed: Seed,
    positions: dict[str, int],
    missing: set[str],
    record: Record,
    findings: Findings,
) -> Row | None:
    texts = [trimmed(text) for text in record.cells]
    if not any(texts):
        findings.file(
            seed,
            "the row is blank and is ignored",
            line=record.line,
            severity=Severity.WARNING,
        )
        return None
    cells: dict[str, str | None] = {}
    faults: list[tuple[str, str, str, str | None]] = []
    for column in seed.columns:
        text = texts[positions[column.name]] if column.name in positions else None
        cells[column.name] = text
        if text is None:
            if column.kind is Kind.FLAG:
                cells[column.name] = "false"
            if column.required and column.name not in missing:
                faults.append((column.name, "the cell is blank", _allowed(column), None))
            continue
        if column.kind is Kind.PROSE:
            text = record.cells[positions[column.name]]
        try:
            cells[column.name] = canonical_cell(column, text)
        except CellError as error:
            close = nearest(text, column.choices)
            faults.append((column.name, error.message, error.allowed, close))
    row = Row(record.line, cells, frozenset(fault[0] for fault in faults))
    for name, message, allowed, close in faults:
        findings.cell(seed, row, name, message, allowed=allowed, close=close)
    return row


def _allowed(column: Column) -> str:
    if column.choices:
        return ", ".join(column.choices)
    return column.figure.allowed if column.figure else "a text that is not blank"
