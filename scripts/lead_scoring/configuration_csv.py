"""Reads a configuration file strictly: UTF-8, commas, LF or CRLF, RFC 4180 quotes, no guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BARE_CELL = re.compile(r'[^,"\r\n]*')
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ":": "colons"}


class CsvError(Exception):
    """A file that is no CSV of ours; `line` is where it goes wrong, None for the whole file."""

    def __init__(self, message: str, allowed: str, line: int | None = None) -> None:
        """Keep what is wrong, what would have been right, and where."""
        super().__init__(message)
        self.message = message
        self.allowed = allowed
        self.line = line


class Record(NamedTuple):
    """The cells of one record and the 1-based line on which it begins.

    `spans` are the places of the cells, quotes included, in the text of the file without a
    byte-order mark: where each begins, and where it has ended.
    """

    line: int
    cells: list[str]
    spans: list[tuple[int, int]]


def read_csv(path: Path) -> tuple[Record, list[Record]]:
    """Read a file into its header and its records, lines without anything left out.

    Args:
        path: The file.

    Returns:
        The header and the records, cells as they stand in the file.

    Raises:
        CsvError: Where the file is not what the contract asks for.
        OSError: Where it cannot be read.
    """
    return parse_csv(path.read_bytes())


def parse_csv(content: bytes) -> tuple[Record, list[Record]]:
    """Do what `read_csv` does with the bytes of a file."""
    records = list(_records(_decoded(content)))
    if not records:
        raise CsvError("the file is empty", "a header line, then one line per row")
    header, rows = records[0], records[1:]
    _check_separator(header)
    for row in rows:
        if len(row.cells) != len(header.cells):
            raise CsvError(
                f"the row has {len(row.cells)} cells, the header {len(header.cells)}",
                "as many cells as the header has, with quotes around a cell that has a comma",
                row.line,
            )
    return header, rows


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CsvError("the file is UTF-16", "UTF-8: save it as 'CSV UTF-8'")
    if (nul := content.find(b"\0")) >= 0:
        raise CsvError("the file holds a NUL character", "UTF-8 text", _line_at(content, nul))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CsvError(
            f"the file is not UTF-8 (byte 0x{content[error.start]:02x}); perhaps it is Latin-1",
            "UTF-8: save it as 'CSV UTF-8'",
            _line_at(content, error.start),
        ) from error


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _check_separator(header: Record) -> None:
    text = "".join(header.cells)
    for separator in _SEPARATORS:
        if separator in text and len(header.cells) <= text.count(separator):
            raise _separated(separator, header.line)


def _separated(separator: str, line: int) -> CsvError:
    plural = _SEPARATORS[separator]
    return CsvError(f"the file is separated by {plural}", "cells separated by commas", line)


def _records(text: str) -> Iterator[Record]:
    position, line = 0, 1
    while position < len(text):
        start = line
        cells: list[str] = []
        spans: list[tuple[int, int]] = []
        ended = False
        while not ended:
            cell, after = _cell(text, position, line)
            line += text.count("\n", position, after)
            cells.append(cell)
            spans.append((position, after))
            ended = text[after : after + 1] != ","
            position = after + 1
        if text.startswith("\r\n", position - 1):
            position += 1
        line += 1
        if len(cells) > 1 or cells[0].strip():
            yield Record(start, cells, spans)


def _cell(text: str, start: int, line: int) -> tuple[str, int]:
    """Return the cell that begins at `start`, and the position after it."""
    if text[start : start + 1] == '"':
        end = start + 1
        while True:
            end = text.find('"', end)
            if end < 0:
                raise CsvError(
                    "a quote is opened and never closed", "a closing quote for each one", line
                )
            if text[end + 1 : end + 2] != '"':
                break
            end += 2
        cell, after = text[start + 1 : end].replace('""', '"'), end + 1
        line += cell.count("\n")
        stray = "text follows a closing quote"
    else:
        match = _BARE_CELL.match(text, start)
        after = start if match is None else match.end()
        cell = text[start:after]
        stray = "a quote stands inside a cell that has no quotes around it"
    if after == len(text) or text[after] in ",\n" or text.startswith("\r\n", after):
        return cell, after
    if text[after] == "\r":
        raise CsvError("the line ends with CR alone", "lines that end with LF or CRLF", line)
    # In the header these are no text, but what parts the cells.
    for each in text[after - 1 : after + 1]:
        if line == 1 and each in _SEPARATORS:
            raise _separated(each, line)
    raise CsvError(stray, 'quotes around the whole cell, and "" for each quote in it', line)
