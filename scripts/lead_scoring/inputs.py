"""Lands the input files in the work database, under the contract's names and otherwise as they are.

A CSV becomes a table of text, so that the file may change afterwards; a Parquet becomes a view, so
that millions of rows are not copied.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lead_scoring.column_mapping import ColumnUse, Mappings, read_aliases
from lead_scoring.contract import RELATIONS, REQUIRED, TRIMMED
from lead_scoring.errors import Problem, Severity, StorageError, UsageError
from lead_scoring.event_files import known_facts
from lead_scoring.event_state import NOTHING_KEPT, EventState, event_state, seen_event_types
from lead_scoring.input_files import FileKind
from lead_scoring.input_parts import (
    Findings,
    Part,
    first_line,
    identifier,
    literal,
    read_parts,
    select_relation,
)
from lead_scoring.storage_errors import translate_duckdb_error
from lead_scoring.work_database import WORK_SCHEMA

SCHEMA = "lead_scoring_raw"

_MOST_EVENT_TYPES = 5_000


@dataclass(frozen=True)
class InputFiles:
    """The inputs as the user typed them: each the path of a file or a glob."""

    leads: str
    events: str | None = None
    outcomes: str | None = None
    lead_history: str | None = None


@dataclass(frozen=True)
class LandedRelation:
    """One input relation: the files it came from, its rows, and what became of their columns.

    `files` are the names as the user gave them, `paths` the absolute ones. Where the input is
    absent there are no files, rows or columns.
    """

    files: tuple[str, ...]
    paths: tuple[Path, ...]
    row_count: int
    columns: tuple[ColumnUse, ...]


@dataclass(frozen=True)
class LandedInputs:
    """What was landed.

    `relations` holds leads, events and outcomes, in this order, and the history of leads where it
    was given. `attributes` and `event_properties`
    are the columns of leads and events in lower case, `event_types` the distinct ones, trimmed and
    in lower case, sorted, at most five thousand; empty where the input is absent. `problems` are
    warnings, `event_state` is what was counted of events before.
    """

    relations: Mapping[str, LandedRelation]
    attributes: tuple[str, ...]
    event_properties: tuple[str, ...]
    event_types: tuple[str, ...]
    problems: tuple[Problem, ...]
    event_state: EventState


def land_inputs(
    connection: duckdb.DuckDBPyConnection,
    files: InputFiles,
    mapping: Mappings,
    aliases: Path,
    erased: Sequence[str] = (),
) -> LandedInputs:
    """Make the relations of the contract in the schema `lead_scoring_raw`.

    Whatever stood there is replaced in one transaction. An absent input is an empty table.

    Args:
        connection: An open work database, outside any transaction.
        files: The inputs.
        mapping: Relation, then contract column, then the input's column.
        aliases: The seed of names that other systems give the columns.
        erased: Ids of leads of which no row is landed.

    Returns:
        What was landed, with warnings.

    Raises:
        UsageError: With every mistake found in all files; nothing was changed.
        StorageError: Where a file may not be read, or the database can't be written.
    """
    return _land(connection, files, mapping, aliases, erased, copies_csv=True)


def check_inputs(files: InputFiles, mapping: Mappings, aliases: Path) -> LandedInputs:
    """Do all that `land_inputs` does, without a database and without copying rows.

    Raises:
        UsageError: With every mistake found in all files.
        StorageError: Where a file may not be read.
    """
    with duckdb.connect(":memory:") as connection:
        return _land(connection, files, mapping, aliases, (), copies_csv=False)


def _land(
    connection: duckdb.DuckDBPyConnection,
    files: InputFiles,
    mapping: Mappings,
    aliases: Path,
    erased: Sequence[str],
    *,
    copies_csv: bool,
) -> LandedInputs:
    parts, warnings = _read_all(connection, files, mapping, aliases)
    try:
        connection.begin()
        connection.execute(f"create schema if not exists {SCHEMA}")
        # Where leads are erased everything is read anew.
        state = NOTHING_KEPT if erased else event_state(connection, WORK_SCHEMA, parts["events"])
        for relation, relation_parts in parts.items():
            _replace(connection, relation, relation_parts, erased, copies_csv=copies_csv)
            if relation != "events" or not state.is_continued:
                _check_row_count(connection, relation, relation_parts, erased)
        event_types = _event_types(connection, state) if parts["events"] else ()
        connection.commit()
    except BaseException as error:
        # After a failure of its own DuckDB may have ended the transaction already.
        with contextlib.suppress(duckdb.Error):
            connection.rollback()
        if isinstance(error, duckdb.Error) and not isinstance(error, duckdb.InterruptException):
            known = translate_duckdb_error(error)
            raise known or UsageError(f"the inputs can't be read: {first_line(error)}") from error
        raise
    return LandedInputs(
        relations={
            relation: _landed(parts[relation])
            for relation in parts
            if parts[relation] or relation != "lead_history"
        },
        attributes=_names(parts["leads"]),
        event_properties=_names(parts["events"]),
        event_types=event_types,
        problems=warnings,
        event_state=state,
    )


def _read_all(
    connection: duckdb.DuckDBPyConnection, files: InputFiles, mapping: Mappings, aliases: Path
) -> tuple[dict[str, list[Part]], tuple[Problem, ...]]:
    """Return the parts of every relation and the warnings, or raise with all mistakes."""
    known_aliases = read_aliases(aliases)
    known_files = known_facts(connection)
    findings = Findings()
    parts: dict[str, list[Part]] = {}
    patterns = {
        "leads": files.leads,
        "events": files.events,
        "outcomes": files.outcomes,
        "lead_history": files.lead_history,
    }
    for relation, pattern in patterns.items():
        columns = mapping.get(relation, {})
        if pattern is None:
            parts[relation] = []
            findings.problems.extend(_unused(relation, column) for column in columns)
        else:
            parts[relation] = read_parts(
                connection, relation, pattern, columns, known_aliases, findings, known_files
            )
    errors = [each for each in findings.problems if each.severity is Severity.ERROR]
    if not errors and not any(part.rows for part in parts["leads"]):
        errors = [Problem(Severity.ERROR, "there is no lead in it", file=files.leads)]
        findings.problems.extend(errors)
    if errors:
        summary = f"{len(errors)} mistakes in the inputs"
        kind = StorageError if findings.is_unreadable else UsageError
        raise kind(errors[0].sentence() if len(errors) == 1 else summary, findings.problems)
    warnings = _unknown_to_leads(files.lead_history, parts)
    return parts, (*findings.problems, *warnings)


def _unknown_to_leads(
    history: str | None, parts: Mapping[str, Sequence[Part]]
) -> Iterator[Problem]:
    """Warn of columns of the history that leads lack, those of dbt's snapshots excepted."""
    known = {*_names(parts["leads"]), *RELATIONS["leads"], *RELATIONS["lead_history"]}
    for name in _names(parts["lead_history"]):
        if name not in known and not name.startswith("dbt_"):
            message = "leads have no such column, so no rule can name that of the history"
            yield Problem(Severity.WARNING, message, file=history, column=name)


def _unused(relation: str, column: str) -> Problem:
    message = f"the mapping of {relation}.{column} has no use, since no {relation} are given"
    return Problem(Severity.WARNING, message)


def _replace(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    parts: Sequence[Part],
    erased: Sequence[str],
    *,
    copies_csv: bool,
) -> None:
    target = f"{SCHEMA}.{relation}"
    existing = connection.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [SCHEMA, relation],
    ).fetchall()
    for (table_type,) in existing:
        connection.execute(f"drop {'view' if table_type == 'VIEW' else 'table'} {target}")
    if not parts:
        columns = ", ".join(f"{identifier(column)} varchar" for column in REQUIRED[relation])
        connection.execute(f"create table {target} ({columns})")
        return
    if erased:
        lead_id = f"trim(cast(lead_id as varchar), {literal(TRIMMED)})"
        connection.execute(
            f"create table {target} as select * from ({select_relation(parts)}) as input "
            f"where {lead_id} is null or {lead_id} not in (select unnest($erased))",
            {"erased": list(erased)},
        )
        return
    is_table = copies_csv and parts[0].files[0].kind is FileKind.CSV
    kind = "table" if is_table else "view"
    connection.execute(f"create {kind} {target} as {select_relation(parts)}")


def _check_row_count(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    parts: Sequence[Part],
    erased: Sequence[str],
) -> None:
    """Refuse an input of which the database holds another number of rows than was counted."""
    counted = sum(part.rows for part in parts)
    source = f"({select_relation(parts)})" if erased and parts else f"{SCHEMA}.{relation}"
    landed = connection.execute(f"select count(*) from {source}").fetchall()[0][0]
    if landed != counted:
        raise UsageError(
            f"{landed:,} of {counted:,} rows of {relation} were read; "
            "perhaps a file changed meanwhile, then run again"
        )


def _event_types(connection: duckdb.DuckDBPyConnection, state: EventState) -> tuple[str, ...]:
    types = set()
    source = f"{SCHEMA}.events"
    if state.is_continued:
        types = seen_event_types(connection, WORK_SCHEMA)
        source = f"({select_relation(state.new_parts)})" if state.new_parts else ""
    if source:
        event_type = f"lower(trim(cast(event_type as varchar), {literal(TRIMMED)}))"
        rows = connection.execute(
            f"select distinct {event_type} as event_type from {source} "
            f"where {event_type} <> '' order by event_type limit {_MOST_EVENT_TYPES}"
        ).fetchall()
        types.update(row[0] for row in rows)
    return tuple(sorted(types)[:_MOST_EVENT_TYPES])


def _landed(parts: Sequence[Part]) -> LandedRelation:
    files = [file for part in parts for file in part.files]
    return LandedRelation(
        files=tuple(file.name for file in files),
        paths=tuple(file.path for file in files),
        row_count=sum(part.rows for part in parts),
        columns=tuple(dict.fromkeys(use for part in parts for use in part.uses)),
    )


def _names(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(use.name.lower() for part in parts for use in part.uses))
