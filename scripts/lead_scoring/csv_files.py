"""Checks that an input CSV file is what the contract asks for, and counts its rows.

The file is read in blocks of whole records. A block that is plainly in order is judged with a few
calls on bytes, hundreds of megabytes a second; any other is read cell by cell, so that a mistake is
reported with its line, and a form that is merely unusual is told from a wrong one.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, field
from operator import methodcaller
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, NoReturn, cast

from lead_scoring.errors import Problem, Severity

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 20
_LONGEST_RECORD = 64 << 20
_MOST_PROBLEMS = 100
_BOM = b"\xef\xbb\xbf"
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_BARE_CELL = re.compile(rb"[^,\r\n]*")
_SPACED_QUOTE = re.compile(rb'[ \t]+"')
_count_commas = methodcaller("count", b",")
_AS_UTF8 = "UTF-8: save it as 'CSV UTF-8'"


@dataclass(frozen=True)
class CsvScan:
    """What a look at a whole CSV file found.

    `header` holds the names as they stand; `rows` counts the records below it, lines without
    anything left out; no record is longer than `longest_record` bytes. `is_simple` says that every
    line break ends a record and every quote belongs to a quoted cell, so that the file can be cut
    anywhere and read in parallel.
    """

    header: tuple[str, ...]
    rows: int
    longest_record: int
    is_simple: bool
    problems: tuple[Problem, ...]


def scan_csv(path: Path, name: str) -> CsvScan:
    """Read a whole file, `.gz` compressed or not, and say what is wrong with it.

    Args:
        path: The file.
        name: The path as the user gave it, for the problems.

    Returns:
        The header, the number of rows and the mistakes, at most a hundred.

    Raises:
        OSError: Where the file cannot be read.
    """
    scanner = _Scanner(name)
    try:
        with _open(path) as stream:
            _feed(scanner, stream)
    except _UnreadableError:
        pass
    except (gzip.BadGzipFile, EOFError, zlib.error):
        scanner.add("the file is not a whole gzip file", allowed="a file that gzip unpacks")
    return CsvScan(
        header=scanner.header,
        rows=scanner.rows,
        longest_record=scanner.longest_block,
        is_simple=scanner.is_simple,
        problems=tuple(scanner.problems),
    )


def _open(path: Path) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _feed(scanner: _Scanner, stream: BinaryIO) -> None:
    rest = b""
    while True:
        # Growing with what is left over keeps the work linear where one record fills many blocks.
        block = stream.read(max(_BLOCK, len(rest)))
        rest = scanner.take(rest, block)
        if not block:
            return
        if len(rest) > _LONGEST_RECORD:
            scanner.refuse(
                "a row is longer than 64 MB; perhaps a quotation mark is opened and never closed",
                "rows of up to 64 MB",
                scanner.line,
            )


class _UnreadableError(Exception):
    """The rest of the file can't be told into records; what is wrong is already noted."""


class _Record(NamedTuple):
    """One record: where it ends in the block, and what it is made of."""

    end: int
    cells: list[bytes]
    newline: bytes
    line_breaks: int
    is_simple: bool


@dataclass
class _Scanner:
    """Goes through one file; `line` is the 1-based line of the next record."""

    name: str
    header: tuple[str, ...] = ()
    rows: int = 0
    longest_block: int = 0
    is_simple: bool = True
    line: int = 1
    problems: list[Problem] = field(default_factory=list)
    _newline: bytes = b""

    def add(self, message: str, line: int | None = None, allowed: str | None = None) -> None:
        """Note a mistake; after a hundred, give the file up."""
        self.problems.append(
            Problem(Severity.ERROR, message, file=self.name, line=line, allowed=allowed)
        )
        if len(self.problems) == _MOST_PROBLEMS:
            self.problems.append(
                Problem(
                    Severity.ERROR,
                    f"the rest of the file was not read after {_MOST_PROBLEMS} mistakes",
                    file=self.name,
                )
            )
            raise _UnreadableError

    def refuse(self, message: str, allowed: str, line: int | None = None) -> NoReturn:
        """Note a mistake after which nothing in the file can be trusted."""
        self.add(message, line, allowed)
        raise _UnreadableError

    def take(self, rest: bytes, block: bytes) -> bytes:
        """Read the whole records of what was left over and a new block; return what is left now.

        An empty block says that the file has ended.
        """
        is_last = not block
        data = rest + block
        if not self.header:
            data = self._without_marks(data)
        if (nul := data.find(b"\0", len(data) - len(block))) >= 0:
            self.refuse(
                "the file holds a NUL character; perhaps it is UTF-16",
                _AS_UTF8,
                self._line_at(data, nul),
            )
        start = 0
        if not self.header:
            start = self._read_header(data, is_last)
            if not start:
                return data
        end = len(data) if is_last else _end_of_records(data, start)
        if end > start and self._take_plain(data[start:end]):
            start = end
        else:
            start = self._take_cells(data, start, is_last)
        self.longest_block = max(self.longest_block, start)
        return data[start:]

    def _without_marks(self, data: bytes) -> bytes:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.refuse("the file is UTF-16", _AS_UTF8)
        data = data.removeprefix(_BOM)
        if not data:
            self.refuse("the file is empty", "a header line, then one line per row")
        return data

    def _read_header(self, data: bytes, is_last: bool) -> int:
        """Read the header line; return where it ends, 0 where more of the file is needed."""
        record = self._record(data, 0, is_last)
        if record is None:
            return 0
        self._check_encoding(data[: record.end])
        names = [cell.decode() for cell in record.cells]
        if names == [""]:
            if not data.strip(b"\r\n"):
                self.refuse("the file is empty", "a header line, then one line per row")
            self.refuse("the first line is blank", "the names of the columns", 1)
        text = "".join(names)
        for separator, plural in _SEPARATORS.items():
            if len(names) <= text.count(separator):
                self._refuse_separator(plural)
        self.header = tuple(names)
        self._newline = record.newline
        self._pass(record)
        return record.end

    def _refuse_separator(self, plural: str) -> NoReturn:
        self.refuse(f"the file is separated by {plural}", "cells that are separated by commas", 1)

    def _take_plain(self, data: bytes) -> bool:
        """Count the records of a block that is in order throughout; False where it is not."""
        outside = _outside_quotes(data)
        if outside is None:
            return False
        line_feeds = outside.count(b"\n")
        returns = outside.count(b"\r")
        if self._newline == b"\r\n":
            if not returns == line_feeds == outside.count(b"\r\n"):
                return False
        elif returns:
            return False
        if not data.isascii():
            try:
                data.decode()
            except UnicodeDecodeError:
                return False
        records = list(filter(None, outside.split(self._newline or b"\n")))
        if set(map(_count_commas, records)) - {len(self.header) - 1}:
            return False
        line_breaks = data.count(b"\n")
        self.is_simple = self.is_simple and line_breaks == line_feeds
        self.rows += len(records)
        self.line += line_breaks
        return True

    def _take_cells(self, data: bytes, start: int, is_last: bool) -> int:
        """Read the whole records of a block cell by cell; return where they end."""
        while start < len(data):
            record = self._record(data, start, is_last)
            if record is None:
                break
            self._check_encoding(data[start : record.end])
            if record.newline not in (self._newline, b""):
                self.refuse(
                    "the line does not end as the header does",
                    "LF at the end of every line, or CRLF at the end of every line",
                    self.line + record.line_breaks - 1,
                )
            if record.cells != [b""] or record.end - start > len(record.newline):
                self.rows += 1
                if len(record.cells) != len(self.header):
                    self.add(
                        f"the row has {_cells(len(record.cells))}, "
                        f"the header {_cells(len(self.header))}",
                        self.line,
                        "as many cells as the header has, "
                        "with quotation marks around a cell that holds a comma",
                    )
            self._pass(record)
            start = record.end
        return start

    def _pass(self, record: _Record) -> None:
        self.line += record.line_breaks
        self.is_simple = self.is_simple and record.is_simple

    def _record(self, data: bytes, start: int, is_last: bool) -> _Record | None:
        """Return the record that begins at `start`, or None where more of the file is needed."""
        cells: list[bytes] = []
        is_simple = True
        line_breaks = 0
        position = start
        while True:
            line = self.line + line_breaks
            if data[position : position + 1] == b'"':
                end = _closing_quote(data, position) + 1
                if not end or (end == len(data) and not is_last):
                    if is_last:
                        self.refuse(
                            "a quotation mark is opened and never closed",
                            "a closing quotation mark for each opening one",
                            line,
                        )
                    return None
                cell = data[position + 1 : end - 1].replace(b'""', b'"')
                follows = data[end : end + 1].decode("latin-1")
                if not self.header and follows in _SEPARATORS:
                    self._refuse_separator(_SEPARATORS[follows])
                if follows not in ("", ",", "\r", "\n"):
                    self.refuse(
                        "text follows the quotation mark that closes a cell",
                        'quotation marks around the whole cell, and "" for each one in it',
                        line,
                    )
                breaks_inside = cell.count(b"\n")
                line_breaks += breaks_inside
                is_simple = is_simple and not breaks_inside
            else:
                match = _BARE_CELL.match(data, position)
                end = position if match is None else match.end()
                cell = data[position:end]
                if _SPACED_QUOTE.match(cell):
                    self.refuse(
                        "white space stands before the quotation mark that opens a cell",
                        "a quotation mark directly after the comma",
                        line,
                    )
                # Every reader takes a quote in the middle of a bare cell as it stands.
                is_simple = is_simple and b'"' not in cell
            cells.append(cell)
            if data[end : end + 1] == b",":
                position = end + 1
                continue
            newline = _newline_at(data, end)
            if newline is None:
                if end + 1 == len(data) and not is_last:
                    return None
                self.refuse(
                    "a line ends with CR alone",
                    "lines that end with LF or CRLF, and quotation marks around a cell with a CR",
                    self.line + line_breaks,
                )
            elif newline == b"" and not is_last:
                return None
            else:
                line_breaks += bool(newline)
                return _Record(end + len(newline), cells, newline, line_breaks, is_simple)

    def _check_encoding(self, record: bytes) -> None:
        try:
            record.decode()
        except UnicodeDecodeError as error:
            self.refuse(
                f"the file is not UTF-8 (byte 0x{record[error.start]:02x}); perhaps it is Latin-1",
                _AS_UTF8,
                self._line_at(record, error.start),
            )

    def _line_at(self, data: bytes, position: int) -> int:
        return self.line + data.count(b"\n", 0, position)


def _end_of_records(data: bytes, start: int) -> int:
    """Return where the last whole record of the block ends, `start` where there is none.

    A line break lies outside quotes where an even number of quotes stands before it.
    """
    end = data.rfind(b"\n", start) + 1
    if end <= start or data.count(b'"', start, end) % 2 == 0:
        return max(end, start)
    pieces = data[start:end].split(b'"')
    for place in range(len(pieces) - 1, -1, -1):
        end -= len(pieces[place])
        if place % 2 == 0 and (line_feed := pieces[place].rfind(b"\n")) >= 0:
            return end + line_feed + 1
        end -= 1
    return start


def _outside_quotes(data: bytes) -> bytes | None:
    """Return a block with one quote in place of each quoted cell; None where a quote is astray."""
    if b'"' not in data:
        return data
    pieces = data.split(b'"')
    outside = pieces[::2]
    if len(pieces) == 2 * len(outside):
        return None
    marked = b'"'.join(outside)
    # Quoted pieces that touch are one cell with doubled quotes in it.
    while b'""' in marked:
        marked = marked.replace(b'""', b'"')
    cells = marked.count(b'"')
    opened = marked.startswith(b'"') + marked.count(b',"') + marked.count(b'\n"')
    closed = (
        marked.endswith(b'"') + marked.count(b'",') + marked.count(b'"\n') + marked.count(b'"\r\n')
    )
    return marked if opened == closed == cells else None


def _closing_quote(data: bytes, opening: int) -> int:
    """Return where the quoted cell that opens at `opening` is closed, -1 where it is not."""
    closing = data.find(b'"', opening + 1)
    while closing >= 0 and data[closing + 1 : closing + 2] == b'"':
        closing = data.find(b'"', closing + 2)
    return closing


def _newline_at(data: bytes, position: int) -> bytes | None:
    """Return the line end at `position`, empty at the end of the data, None for a lone CR."""
    if position == len(data):
        return b""
    if data[position : position + 1] == b"\n":
        return b"\n"
    return b"\r\n" if data.startswith(b"\r\n", position) else None


def _cells(number: int) -> str:
    return f"{number} cell" if number == 1 else f"{number} cells"
