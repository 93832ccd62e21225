"""Checks the input files of a relation and says how SQL reads them under the contract's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import duckdb

from lead_scoring.column_mapping import (
    Aliases,
    ColumnUse,
    find_name,
    name_problems,
    nearest_name,
    recognise,
)
from lead_scoring.csv_files import CsvScan, scan_csv
from lead_scoring.errors import Problem, Severity
from lead_scoring.input_files import FileKind, FileVersion, InputFile, find_files

# DuckDB's own limits, raised only for a file with longer rows.
_LONGEST_LINE = 2_000_000
_BUFFER = 32_000_000


@dataclass(frozen=True)
class Part:
    """Files of a relation that one query reads: a CSV, or Parquet files with the same columns.

    `source` is the SQL of the `from` clause; `expressions` and `types` hold, for each column of the
    file, the SQL that reads it and its type.
    """

    files: tuple[InputFile, ...]
    source: str
    expressions: Mapping[str, str]
    types: Mapping[str, str]
    uses: tuple[ColumnUse, ...]
    rows: int


@dataclass(frozen=True)
class ParquetFacts:
    """What a Parquet file says of itself: the types of its columns, and how many rows it has."""

    types: Mapping[str, str]
    rows: int


@dataclass
class Findings:
    """The problems of all inputs; `is_unreadable` where the system refused to open a file."""

    problems: list[Problem] = field(default_factory=list)
    is_unreadable: bool = False

    def error(self, message: str, file: str, nearest: str | None = None) -> None:
        """Note a mistake."""
        self.problems.append(Problem(Severity.ERROR, message, file=file, nearest=nearest))


def read_parts(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    pattern: str,
    mapping: Mapping[str, str],
    aliases: Aliases,
    findings: Findings,
    known: Mapping[FileVersion, ParquetFacts],
) -> list[Part]:
    """Check every file of a relation, to the last row of a CSV and to the columns of a Parquet.

    Args:
        connection: Any connection; nothing is written.
        relation: leads, events or outcomes.
        pattern: The path or glob as the user typed it.
        mapping: Contract column, then the input's column.
        aliases: The other names of the contract's columns.
        findings: Takes what is wrong.
        known: Parquet files that need not be opened.

    Returns:
        The parts that are in order; all of them where no error was found.
    """
    try:
        files, problems = find_files(pattern)
    except OSError as error:
        findings.error(f"the file can't be read: {error.strerror or error}", pattern)
        findings.is_unreadable = isinstance(error, PermissionError) or findings.is_unreadable
        return []
    findings.problems.extend(problems)
    parts: list[Part] = []
    seen: dict[str, None] = {}
    for file in files:
        try:
            part = _read_file(connection, file, findings, known)
        except OSError as error:
            findings.error(f"the file can't be read: {error.strerror or error}", file.name)
            findings.is_unreadable = True
            continue
        if part is None:
            continue
        names = list(part.types)
        seen.update(dict.fromkeys(names))
        uses, problems = recognise(relation, names, aliases, mapping, file.name)
        findings.problems.extend(problems)
        parts.append(
            Part(part.files, part.source, part.expressions, part.types, tuple(uses), part.rows)
        )
    if len(parts) == len(files):
        _check_mapping(relation, pattern, mapping, list(seen), findings)
    return _merged(parts)


def select_relation(parts: Sequence[Part]) -> str:
    """Return the query that reads all parts of a relation by name, a missing column being null.

    A column whose type differs between files is read as its text, so that no value of one file is
    turned by the type of another.
    """
    types: dict[str, set[str]] = {}
    # DuckDB would not take names for the same that differ in the case of a letter outside ASCII.
    spellings: dict[str, str] = {}
    for part in parts:
        for use in part.uses:
            types.setdefault(use.name.lower(), set()).add(part.types[use.file_column])
            spellings.setdefault(use.name.lower(), use.name)
    queries = []
    for part in parts:
        columns = []
        for use in part.uses:
            expression = part.expressions[use.file_column]
            if len(types[use.name.lower()]) > 1:
                expression = f"cast({expression} as varchar)"
            columns.append(f"{expression} as {identifier(spellings[use.name.lower()])}")
        queries.append(f"select {', '.join(columns)} from {part.source}")
    return " union all by name ".join(queries)


def identifier(name: str) -> str:
    """Return a name quoted for SQL."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def literal(text: str) -> str:
    """Return a text quoted for SQL."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _read_file(
    connection: duckdb.DuckDBPyConnection,
    file: InputFile,
    findings: Findings,
    known: Mapping[FileVersion, ParquetFacts],
) -> Part | None:
    """Return a file's part without its columns' uses; None, and what is wrong, where it is bad."""
    if file.kind is FileKind.PARQUET:
        return _read_parquet(connection, file, findings, known)
    scan = scan_csv(file.path, file.name)
    problems = [*name_problems(scan.header, file.name), *scan.problems]
    findings.problems.extend(problems)
    if problems:
        return None
    return Part(
        files=(file,),
        source=_csv_source(file, scan),
        expressions={name: f"c{place}" for place, name in enumerate(scan.header)},
        types=dict.fromkeys(scan.header, "VARCHAR"),
        uses=(),
        rows=scan.rows,
    )


def _csv_source(file: InputFile, scan: CsvScan) -> str:
    columns = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(scan.header)))
    longest = max(_LONGEST_LINE, scan.longest_record)
    # A line left out is no row: DuckDB skips it by itself unless the file has one column, where
    # it reads a null. There only a cell of two quotes is an empty row.
    is_single = len(scan.header) == 1
    options = {
        "auto_detect": "false",
        "columns": f"{{{columns}}}",
        "header": "true",
        "delim": "','",
        "quote": "'\"'",
        "escape": "'\"'",
        "comment": "''",
        "nullstr": "''",
        "allow_quoted_nulls": str(not is_single).lower(),
        "encoding": "'utf-8'",
        "compression": "'gzip'" if file.path.name.lower().endswith(".gz") else "'none'",
        "strict_mode": "true",
        "null_padding": "false",
        "ignore_errors": "false",
        "hive_partitioning": "false",
        "max_line_size": str(longest),
        "buffer_size": str(max(_BUFFER, 2 * longest)),
        "parallel": str(scan.is_simple).lower(),
    }
    settings = ", ".join(f"{name} = {value}" for name, value in options.items())
    source = f"read_csv({_path_literal(file)}, {settings})"
    if is_single:
        return f"(select nullif(c0, '') as c0 from {source} where c0 is not null) as single_column"
    return source


def _read_parquet(
    connection: duckdb.DuckDBPyConnection,
    file: InputFile,
    findings: Findings,
    known: Mapping[FileVersion, ParquetFacts],
) -> Part | None:
    with file.path.open("rb"):
        source = parquet_source([file])
    facts = known.get(FileVersion.of(file.path))
    if facts is None:
        try:
            columns = connection.execute(f"describe select * from {source}").fetchall()
            rows = connection.execute(f"select count(*) from {source}").fetchall()[0][0]
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            message = f"the file is no Parquet, or a damaged one: {first_line(error)}"
            findings.error(message, file.name)
            return None
        facts = ParquetFacts({str(column[0]): str(column[1]) for column in columns}, rows)
    problems = name_problems(list(facts.types), file.name, line=None)
    findings.problems.extend(problems)
    if problems:
        return None
    expressions = {name: identifier(name) for name in facts.types}
    return Part((file,), source, expressions, facts.types, (), facts.rows)


def parquet_source(files: Sequence[InputFile], file_column: str | None = None) -> str:
    """Return the SQL of the `from` clause that reads Parquet files with the same columns.

    Args:
        files: At least one.
        file_column: The name of one more column, that of each row's path.
    """
    paths = ", ".join(_path_literal(file) for file in files)
    names = f", filename = {literal(file_column)}" if file_column else ""
    return f"read_parquet([{paths}], hive_partitioning = false{names})"


def empty_source(part: Part) -> str:
    """Return the SQL of the `from` clause that has a part's columns and no row."""
    columns = ", ".join(
        f"cast(null as {kind}) as {identifier(name)}" for name, kind in part.types.items()
    )
    return f"(select {columns} limit 0)"


def _path_literal(file: InputFile) -> str:
    """Return a file's path for SQL, in which no character means a glob."""
    path = str(file.path)
    return literal("".join(f"[{each}]" if each in "*?[" else each for each in path))


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Put neighbouring Parquet files with the same columns into one part."""
    merged: list[Part] = []
    for key, group in groupby(parts, key=lambda part: (part.files[0].kind, [*part.types.items()])):
        members = list(group)
        if key[0] is FileKind.CSV:
            merged.extend(members)
            continue
        first, files = members[0], tuple(part.files[0] for part in members)
        rows = sum(part.rows for part in members)
        source = parquet_source(files)
        merged.append(Part(files, source, first.expressions, first.types, first.uses, rows))
    return merged


def _check_mapping(
    relation: str,
    pattern: str,
    mapping: Mapping[str, str],
    names: Sequence[str],
    findings: Findings,
) -> None:
    for column, theirs in mapping.items():
        if find_name(theirs, names) is None:
            findings.error(
                f"there is no column '{theirs}', to which {relation}.{column} is mapped",
                pattern,
                nearest_name(theirs, names),
            )


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return str(error).strip().partition("\n")[0]
