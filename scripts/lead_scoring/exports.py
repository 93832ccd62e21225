"""What a publication is made of: the marts' database, Parquet files and the ranked list."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from lead_scoring.errors import StorageError, UsageError
from lead_scoring.manifest import RelationCounts
from lead_scoring.workbook import MAX_ROWS, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

RANKED_LEADS = "lead_scoring__ranked_leads"
RUN_SUMMARY = "lead_scoring__run_summary"
SCORE_HISTORY = "lead_scoring__score_history"
STAGE_RULES = "lead_scoring__stage_rules"
STAGE_TRANSITIONS = "lead_scoring__stage_transitions"
RECENT_CONTRIBUTIONS = "lead_scoring__recent_contributions"
FUNNEL_DAILY = "lead_scoring__funnel_daily"
# The marts, each with the columns that its rows are ordered by.
MARTS = {
    RANKED_LEADS: ("model_id", "as_of_date", "score_rank", "lead_id"),
    "lead_scoring__contributions": ("model_id", "lead_id", "as_of_date", "criterion_id"),
    "lead_scoring__score_ledger": ("model_id", "lead_id", "as_of_date", "line_number"),
    "lead_scoring__rejected_records": (
        "relation",
        "reason",
        "record_id",
        "lead_id",
        "raw_record",
    ),
    RUN_SUMMARY: ("relation",),
    SCORE_HISTORY: ("model_id", "as_of_date", "lead_id"),
    STAGE_RULES: ("model_id", "as_of_date", "stage_order"),
    STAGE_TRANSITIONS: ("model_id", "transitioned_on", "lead_id"),
    RECENT_CONTRIBUTIONS: ("model_id", "as_of_date", "lead_id", "criterion_id"),
    "lead_scoring__handoff_queue": ("model_id", "as_of_date", "sla_due_at", "lead_id"),
    FUNNEL_DAILY: ("model_id", "as_of_date", "stage_order", "stage"),
    "lead_scoring__champion_changes": ("promoted_at",),
}
# The marts that a run adds to, each with the date that it is kept by: a run begins with what the
# last one published.
GROWING_MARTS = {
    SCORE_HISTORY: "as_of_date",
    STAGE_RULES: "as_of_date",
    STAGE_TRANSITIONS: "transitioned_on",
    RECENT_CONTRIBUTIONS: "as_of_date",
    FUNNEL_DAILY: "as_of_date",
}
# What an evaluation leaves, likewise.
EVALUATION_MARTS = {
    "lead_scoring__evaluation_summary": ("model_id", "slice", "slice_value"),
    "lead_scoring__evaluation_comparison": ("model_id", "figure"),
    "lead_scoring__evaluation_dates": ("as_of_date",),
    "lead_scoring__evaluation_deciles": ("model_id", "decile"),
    "lead_scoring__evaluation_stages": ("model_id", "kind", "stage_order", "name"),
    "lead_scoring__evaluation_thresholds": ("model_id", "min_score"),
    "lead_scoring__evaluation_criteria": ("model_id", "criterion_id"),
    "lead_scoring__evaluation_calibration": ("model_id", "bin"),
}
LEADS = "int_lead_scoring__leads"
LIST_FORMATS = ("csv", "parquet", "json", "xlsx")
SPREADSHEET_FORMATS = ("csv", "xlsx")

# Readers down to DuckDB 1.0 open a file of this version.
_STORAGE_VERSION = "v1.0.0"
_LIST_HEAD = ("score_rank", "model_id", "lead_id", "full_name", "email", "company_name")
_COPY_OPTIONS = {
    "csv": "format csv, header true, delimiter ',', quote '\"', escape '\"', nullstr ''",
    "json": "format json, array true",
    "parquet": "format parquet",
}
# A spreadsheet takes a cell that begins so for a formula, a plain number excepted.
_FORMULA_START = r"^[=+\-@\t\r]"
_PLAIN_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class RunFacts:
    """What the marts say about the run that made them; timestamps in UTC."""

    run_id: str
    as_of_date: date
    started_at: datetime
    relations: Mapping[str, RelationCounts]


@dataclass(frozen=True)
class Schema:
    """A schema of an attached database."""

    catalog: str
    name: str

    def table(self, name: str) -> str:
        """Return the quoted name of a table in it."""
        return ".".join(quoted(part) for part in (self.catalog, self.name, name))


@dataclass(frozen=True)
class _Column:
    """A column of a table, and the comment on that table."""

    name: str
    data_type: str
    is_nullable: bool
    comment: str | None
    table_comment: str | None


@contextmanager
def engine(
    spill: Path, settings: Mapping[str, str | int] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB of its own, to which databases are attached, and close it.

    Args:
        spill: the folder for what does not fit into memory.
        settings: DuckDB settings, such as `threads` and `memory_limit`.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill.absolute()),
        "autoinstall_known_extensions": False,
        # What is copied from an ordered query or table stays in its order with any thread count.
        "preserve_insertion_order": True,
        **(settings or {}),
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        yield connection
    finally:
        connection.close()


def attach(
    connection: duckdb.DuckDBPyConnection, database: Path, schema: str, catalog: str
) -> Schema:
    """Attach a database for reading under the name `catalog`."""
    path = literal(str(database.absolute()))
    connection.execute(f"attach {path} as {quoted(catalog)} (read_only, type duckdb)")
    return Schema(catalog, schema)


def read_run_facts(connection: duckdb.DuckDBPyConnection, schema: Schema) -> RunFacts:
    """Return the run that the marts of a schema are of.

    Raises:
        StorageError: the run summary is empty, or mixes several runs.
    """
    runs = connection.execute(
        f"""
        select distinct
            cast(run_id as varchar), cast(as_of_date as date), cast(started_at as timestamp)
        from {schema.table(RUN_SUMMARY)}
        """
    ).fetchall()
    if len(runs) != 1 or None in runs[0]:
        raise StorageError(f"{RUN_SUMMARY} names {len(runs)} runs where one is expected; run again")
    run_id, as_of_date, started_at = runs[0]
    counts = connection.execute(
        f"""
        select relation, rows_read, rows_accepted, rows_rejected
        from {schema.table(RUN_SUMMARY)}
        order by relation
        """
    ).fetchall()
    return RunFacts(
        run_id=run_id,
        as_of_date=as_of_date,
        started_at=started_at,
        relations={
            relation: RelationCounts(int(read), int(accepted), int(rejected))
            for relation, read, accepted, rejected in counts
        },
    )


def count_rows(connection: duckdb.DuckDBPyConnection, schema: Schema) -> dict[str, int]:
    """Return the number of rows of each mart."""
    return {
        mart: _figure(connection, f"select count(*) from {schema.table(mart)}") for mart in MARTS
    }


def write_marts_database(
    connection: duckdb.DuckDBPyConnection,
    schema: Schema,
    target: Path,
    marts: Mapping[str, Sequence[str]] = MARTS,
) -> None:
    """Write marts alone, each ordered by its keys, to a new database for BI tools.

    Types, not-null constraints and the descriptions of tables and columns are those of `schema`.
    """
    connection.execute(
        f"attach {literal(str(target.absolute()))} as published_marts "
        f"(storage_version '{_STORAGE_VERSION}')"
    )
    published = Schema("published_marts", "main")
    described = _describe(connection, schema)
    for mart, keys in marts.items():
        if mart not in described:
            raise StorageError(f"the work database holds no {mart}; run again to build it")
        _copy_table(connection, schema.table(mart), published.table(mart), described[mart], keys)
        _comment(connection, published.table(mart), described[mart])
    connection.execute("checkpoint published_marts")
    connection.execute("detach published_marts")


def newest_scored_date(published: Path, spill: Path) -> date | None:
    """Return the newest date of a published database's history, None where it has none."""
    newest: date | None = None
    with engine(spill) as connection:
        source = attach(connection, published, "main", "last_publication")
        if SCORE_HISTORY in _describe(connection, source):
            table = source.table(SCORE_HISTORY)
            (newest,) = connection.execute(f"select max(as_of_date) from {table}").fetchall()[0]
    return newest


def restore_growing_marts(
    connection: duckdb.DuckDBPyConnection,
    published: Path,
    schema: str,
    erased: Sequence[str] = (),
) -> None:
    """Copy the marts that a run adds to from a published database into a schema without them.

    Args:
        connection: has the work database open.
        published: the database of the last publication, from which a mart may be missing.
        schema: the schema of the build.
        erased: ids of leads of which no row is copied.
    """
    connection.execute(f"create schema if not exists {quoted(schema)}")
    source = attach(connection, published, "main", "last_publication")
    work = connection.execute("select current_database()").fetchall()[0][0]
    described = _describe(connection, source)
    for mart in GROWING_MARTS:
        if mart in described:
            target = Schema(work, schema).table(mart)
            _copy_table(connection, source.table(mart), target, described[mart], erased=erased)
    connection.execute("detach last_publication")


def _copy_table(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    target: str,
    columns: Sequence[_Column],
    keys: Sequence[str] = (),
    erased: Sequence[str] = (),
) -> None:
    """Copy a table with its types and not-null constraints, ordered by `keys` where given.

    Rows of the leads in `erased` are left out.
    """
    definitions = ", ".join(
        f"{quoted(column.name)} {column.data_type}{'' if column.is_nullable else ' not null'}"
        for column in columns
    )
    order = f" order by {_order(keys)}" if keys else ""
    connection.execute(f"create table {target} ({definitions})")
    if erased and any(column.name == "lead_id" for column in columns):
        connection.execute(
            f"insert into {target} select * from {source} "
            f"where lead_id not in (select unnest($erased)){order}",
            {"erased": list(erased)},
        )
    else:
        connection.execute(f"insert into {target} select * from {source}{order}")


def _comment(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[_Column]) -> None:
    statements = [
        f"comment on column {table}.{quoted(column.name)} is {literal(column.comment)}"
        for column in columns
        if column.comment is not None
    ]
    if columns[0].table_comment is not None:
        statements.append(f"comment on table {table} is {literal(columns[0].table_comment)}")
    if statements:
        connection.execute("; ".join(statements))


def _describe(connection: duckdb.DuckDBPyConnection, schema: Schema) -> dict[str, list[_Column]]:
    """Return the columns, in their order, of every table in a schema."""
    rows = connection.execute(
        """
        select
            columns.table_name, columns.column_name, columns.data_type, columns.is_nullable,
            columns.comment, tables.comment
        from duckdb_columns() as columns
        left join duckdb_tables() as tables
            on columns.database_name = tables.database_name
            and columns.schema_name = tables.schema_name
            and columns.table_name = tables.table_name
        where columns.database_name = $catalog and columns.schema_name = $schema
        order by columns.table_name, columns.column_index
        """,
        {"catalog": schema.catalog, "schema": schema.name},
    ).fetchall()
    described: dict[str, list[_Column]] = {}
    for table, *column in rows:
        described.setdefault(table, []).append(_Column(*column))
    return described


def write_mart_files(connection: duckdb.DuckDBPyConnection, schema: Schema, folder: Path) -> None:
    """Write each mart of a published database, in its own order, as `<mart>.parquet`."""
    for mart in MARTS:
        query = f"select * from {schema.table(mart)}"
        write_file(connection, query, folder / f"{mart}.parquet", "parquet")


def write_lead_names(connection: duckdb.DuckDBPyConnection, schema: Schema, target: Path) -> None:
    """Write what the ranked list tells about a lead beside its score, as Parquet.

    Columns: lead_id, full_name (first and last name where there is none), email, company_name.
    """
    query = f"""
        select
            lead_id,
            coalesce(
                full_name, nullif(trim(concat_ws(' ', first_name, last_name)), '')
            ) as full_name,
            email,
            company_name
        from {schema.table(LEADS)}
        where lead_id in (select lead_id from {schema.table(RANKED_LEADS)})
        order by lead_id
    """
    write_file(connection, query, target, "parquet")


def refuse_too_long(
    connection: duckdb.DuckDBPyConnection, schema: Schema, model_id: str, formats: Sequence[str]
) -> None:
    """Refuse a list that the formats can't hold.

    Raises:
        UsageError: more leads than Excel has rows.
    """
    if "xlsx" not in formats:
        return
    rows = _figure(
        connection,
        f"select count(*) from {schema.table(RANKED_LEADS)} where model_id = {literal(model_id)}",
    )
    if rows > MAX_ROWS:
        raise UsageError(
            f"{rows:,} leads do not fit into an Excel sheet of {MAX_ROWS:,} rows; "
            "leave xlsx out of --format and take csv or parquet"
        )


def write_ranked_list(
    connection: duckdb.DuckDBPyConnection,
    schema: Schema,
    *,
    names: Path,
    model_id: str,
    formats: Sequence[str],
    folder: Path,
) -> list[str]:
    """Write one model's ranked leads as `ranked_leads.<format>`, the excluded ones last.

    Args:
        connection: has the published database attached.
        schema: that database's schema.
        names: the file that `write_lead_names` wrote.
        model_id: the model whose list it is.
        formats: of csv, parquet, json and xlsx.
        folder: where the files go.

    Returns:
        Sentences on what the files can't show.
    """
    warnings = []
    columns = _list_columns(connection, schema)
    _list_leads(connection, schema, names, model_id)
    for list_format in formats:
        target = folder / f"ranked_leads.{list_format}"
        query = _list_query(columns, list_format)
        if list_format == "xlsx":
            warnings += write_workbook(connection.execute(query), target)
        else:
            write_file(connection, query, target, list_format)
    return warnings


def _list_columns(connection: duckdb.DuckDBPyConnection, schema: Schema) -> dict[str, str]:
    """Return the columns of the ranked list, in order, each with its type."""
    types = {
        column.name: column.data_type for column in _describe(connection, schema)[RANKED_LEADS]
    }
    types.update(dict.fromkeys(("full_name", "email", "company_name"), "VARCHAR"))
    ordered = [*_LIST_HEAD, *(name for name in types if name not in _LIST_HEAD)]
    return {name: types[name] for name in ordered}


def _list_leads(
    connection: duckdb.DuckDBPyConnection, schema: Schema, names: Path, model_id: str
) -> None:
    """Put the list in order once, for all formats."""
    connection.execute(
        f"""
        create or replace temporary table listed as
        select ranked.*, names.full_name, names.email, names.company_name
        from {schema.table(RANKED_LEADS)} as ranked
        left join read_parquet({literal(str(names.absolute()))}) as names
            on ranked.lead_id = names.lead_id
        where ranked.model_id = {literal(model_id)}
        order by ranked.score_rank nulls last, ranked.lead_id
        """
    )


def _list_query(types: Mapping[str, str], list_format: str) -> str:
    is_spreadsheet = list_format in SPREADSHEET_FORMATS
    columns = ", ".join(
        harmless("listed", name)
        if is_spreadsheet and data_type == "VARCHAR"
        else f"listed.{quoted(name)}"
        for name, data_type in types.items()
    )
    return f"select {columns} from listed"


def harmless(table: str, column: str) -> str:
    """Return SQL for a column of texts, none of which a spreadsheet takes for a formula."""
    value = f"{table}.{quoted(column)}"
    return f"""
        case
            when
                regexp_matches({value}, {literal(_FORMULA_START)})
                and not regexp_full_match({value}, {literal(_PLAIN_NUMBER)})
                then '''' || {value}
            else {value}
        end as {quoted(column)}
    """


def write_file(
    connection: duckdb.DuckDBPyConnection, query: str, target: Path, file_format: str
) -> None:
    """Write a query's rows, in its order, as csv, json or parquet."""
    path = literal(str(target.absolute()))
    connection.execute(f"copy ({query}) to {path} ({_COPY_OPTIONS[file_format]})")


def _order(keys: Sequence[str]) -> str:
    return ", ".join(f"{quoted(key)} nulls last" for key in keys)


def _figure(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return 0 if row is None else int(row[0])


def quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a quoted SQL literal."""
    return "'" + text.replace("'", "''") + "'"
