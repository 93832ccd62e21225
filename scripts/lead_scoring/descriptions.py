"""What the project says of its tables, for the copy of a table that an engine says nothing of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from lead_scoring.errors import BuildFailedError
from lead_scoring.exports import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Description:
    """The words on a table and on each of its columns, and which columns are never null."""

    text: str
    columns: Mapping[str, str]
    required: Sequence[str]


def description_of(node: Any) -> Description:
    """Return what a node of dbt's says of the table that it made."""
    return Description(
        text=node.description,
        columns={name: column.description for name, column in node.columns.items()},
        required=[
            name
            for name, column in node.columns.items()
            if any(constraint.type == "not_null" for constraint in column.constraints)
        ],
    )


def describe(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, description: Description
) -> None:
    """Give a table its NOT NULLs and comments, and its columns their order.

    Raises:
        BuildFailedError: A column that is never null has a null.
    """
    table = f"{quoted(schema)}.{quoted(name)}"
    names = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    described = list(description.columns)
    # What Spark partitions a table by stands last there.
    if names != described and set(names) == set(described):
        ordered = ", ".join(map(quoted, described))
        connection.execute(f"create or replace table {table} as select {ordered} from {table}")
    for column in description.required:
        try:
            connection.execute(f"alter table {table} alter column {quoted(column)} set not null")
        except duckdb.ConstraintException as error:
            raise BuildFailedError(
                f"{name}.{column} has nulls, which its contract forbids"
            ) from error
    for column, text in description.columns.items():
        connection.execute(f"comment on column {table}.{quoted(column)} is {literal(text)}")
    connection.execute(f"comment on table {table} is {literal(description.text)}")
