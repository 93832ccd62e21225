"""Which input rows a build could not use, and why."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lead_scoring.errors import Problem, Severity, UsageError
from lead_scoring.exports import RUN_SUMMARY
from lead_scoring.work_database import fetch_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

# All other columns of the run summary are reasons. Rows with an invalid created_at are accepted.
_NO_REASONS = (
    "run_id",
    "started_at",
    "as_of_date",
    "relation",
    "rows_read",
    "rows_accepted",
    "rows_rejected",
    "invalid_created_at",
)


def read_run_summary(connection: duckdb.DuckDBPyConnection, schema: str) -> list[dict[str, Any]]:
    """Return the run summary of a schema: a row per input relation, leads first."""
    summary = f"{schema}.{RUN_SUMMARY}"
    # The counts are the same on all dates of a build.
    return fetch_rows(
        connection,
        f"select * from {summary} "
        f"where as_of_date = (select min(as_of_date) from {summary}) "
        "order by case relation "
        "when 'leads' then 1 when 'events' then 2 when 'outcomes' then 3 else 4 end",
        [],
    )


def why_rejected(row: Mapping[str, Any]) -> str:
    """Return for a row of the run summary which reasons rejected how many rows."""
    return ", ".join(
        f"{reason.replace('_', ' ')} {count:,}"
        for reason, count in row.items()
        if count and reason not in _NO_REASONS
    )


def rejection_warnings(connection: duckdb.DuckDBPyConnection, schema: str) -> list[Problem]:
    """Return a warning for each input relation of which the build of a schema rejected a row."""
    return [
        Problem(
            Severity.WARNING,
            f"{row['rows_rejected']:,} of {row['rows_read']:,} rows of {row['relation']} are "
            f"rejected: {why_rejected(row)}",
        )
        for row in read_run_summary(connection, schema)
        if row["rows_rejected"]
    ]


@contextmanager
def adding_to_refusal(warnings: Sequence[Problem]) -> Iterator[None]:
    """Tell of the warnings too where what is done is refused."""
    try:
        yield
    except UsageError as error:
        error.problems = [*(error.problems or [Problem(Severity.ERROR, str(error))]), *warnings]
        raise
