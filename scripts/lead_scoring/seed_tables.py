"""Seeds as typed tables, for the engines on which dbt's own way of loading them loses something.

dbt reads a cell `null` as no value on every engine but DuckDB, and on Postgres inserts row by row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from lead_scoring.project import REFERENCE, SEED_PROPERTIES

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_LONGEST_LINE = 64 * 1024 * 1024


def load_seeds(connection: duckdb.DuckDBPyConnection, configuration: Path, schema: str) -> None:
    """Load the scoring seeds of a folder and the reference seeds into a schema of DuckDB.

    Args:
        connection: An open database; tables of the same names are replaced.
        configuration: The folder of the scoring seeds, in the canonical form.
        schema: The schema of the tables; it is made where it is missing.
    """
    connection.execute(f"create schema if not exists {schema}")
    for name, types in seed_types().items():
        scoring = configuration / f"{name}.csv"
        path = scoring if scoring.exists() else REFERENCE / f"{name}.csv"
        columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
        connection.execute(f"create or replace table {schema}.{name} ({columns})")
        connection.execute(
            f"copy {schema}.{name} from $path (format csv, header true, delimiter ',', "
            f"quote '\"', escape '\"', max_line_size {_LONGEST_LINE})",
            {"path": str(path)},
        )


def seed_types() -> dict[str, dict[str, str]]:
    """Return the column types of every seed as DuckDB knows them, by seed and column."""
    return {
        seed["name"]: {
            column: type_on_duckdb(kind) for column, kind in seed["config"]["column_types"].items()
        }
        for path in SEED_PROPERTIES
        for seed in yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"]
    }


def type_on_duckdb(kind: str) -> str:
    """Return a type of the properties files; one that depends on the engine ends with ours."""
    depends = re.fullmatch(r"\{\{ .* else '(.*)' \}\}", kind)
    return depends[1] if depends else kind
