"""The ranked list as an Excel workbook, written row by row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError, FileSizeError

from lead_scoring.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# A sheet has 1,048,576 rows, and the first holds the header.
MAX_ROWS = 1_048_575
MAX_CELL_LENGTH = 32_767
_BATCH_ROWS = 5_000
_WIDEST_COLUMN = 48
# A filter button covers about this many characters of a header.
_BUTTON_WIDTH = 3
# The creation date is not that of the day, so that it does not tell two equal lists apart.
_CREATED = datetime(2000, 1, 1)


def write_workbook(rows: duckdb.DuckDBPyConnection, target: Path) -> list[str]:
    """Write the rows of an executed query to a workbook of one sheet, never holding them all.

    Numbers are numbers, dates dates, and texts texts: none becomes a formula or a link.

    Returns:
        A sentence if cells were longer than Excel allows, and were cut.

    Raises:
        UsageError: the sheet is larger than Excel's file format allows.
        OSError: it can't be written.
    """
    header = [column[0] for column in rows.description or []]
    options = {"constant_memory": True, "tmpdir": str(target.parent.absolute())}
    workbook = Workbook(str(target), options)
    workbook.set_properties({"title": "Ranked leads", "created": _CREATED})
    sheet = _Sheet(workbook)
    sheet.write_header(header)
    batch = rows.fetchmany(_BATCH_ROWS)
    sheet.set_widths(header, batch)
    while batch:
        for row in batch:
            sheet.write_row(row)
        batch = rows.fetchmany(_BATCH_ROWS)
    sheet.worksheet.autofilter(0, 0, sheet.rows, max(len(header) - 1, 0))
    try:
        workbook.close()
    except FileCreateError as error:
        if isinstance(error.args[0], OSError):
            raise error.args[0] from error
        raise
    except FileSizeError as error:
        raise UsageError(
            "the ranked list is too large for an Excel workbook; "
            "leave xlsx out of --format and take csv or parquet"
        ) from error
    if sheet.cut:
        return [
            f"{target.name}: {sheet.cut} cells were longer than the {MAX_CELL_LENGTH:,} characters "
            "that Excel allows, and were cut; the other formats have them whole"
        ]
    return []


class _Sheet:
    """A worksheet and the row that comes next; `cut` counts the cells that were shortened."""

    def __init__(self, workbook: Workbook) -> None:
        self.worksheet: Worksheet = workbook.add_worksheet("ranked_leads")
        self.rows = 0
        self.cut = 0
        self._bold: Format = workbook.add_format({"bold": True})
        self._date: Format = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._timestamp: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._writers: dict[type, Callable[[int, int, object], object]] = {
            str: self._write_text,
            bool: self.worksheet.write_boolean,
            int: self.worksheet.write_number,
            float: self.worksheet.write_number,
            Decimal: self.worksheet.write_number,
            date: lambda row, column, day: self.worksheet.write_datetime(
                row, column, day, self._date
            ),
            datetime: lambda row, column, moment: self.worksheet.write_datetime(
                row, column, moment, self._timestamp
            ),
        }

    def write_header(self, header: list[str]) -> None:
        self.worksheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            self.worksheet.write_string(0, column, name, self._bold)

    def set_widths(self, header: list[str], sample: list[tuple[object, ...]]) -> None:
        for column, name in enumerate(header):
            lengths = [len(str(row[column])) for row in sample if row[column] is not None]
            widest = max([len(name) + _BUTTON_WIDTH, *lengths])
            self.worksheet.set_column(column, column, min(widest, _WIDEST_COLUMN) + 1)

    def write_row(self, row: tuple[object, ...]) -> None:
        self.rows += 1
        for column, value in enumerate(row):
            if value is not None:
                self._writers.get(type(value), self._write_other)(self.rows, column, value)

    def _write_text(self, row: int, column: int, value: object) -> None:
        text = str(value)
        shortened = _shortened(text)
        self.cut += shortened is not text
        self.worksheet.write_string(row, column, shortened)

    def _write_other(self, row: int, column: int, value: object) -> None:
        self._write_text(row, column, str(value))


def _shortened(text: str) -> str:
    """Return a text that fits into a cell, whose length Excel counts in UTF-16 units."""
    if len(text) <= MAX_CELL_LENGTH // 2:
        return text
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * MAX_CELL_LENGTH:
        return text
    return encoded[: 2 * (MAX_CELL_LENGTH - 1)].decode("utf-16-le", "ignore") + "…"
