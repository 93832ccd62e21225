"""What an evaluation is of: the one row that its file has beside the marts."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from lead_scoring.exports import Schema, literal, quoted

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import duckdb

TABLE = "lead_scoring__evaluation_manifest"
_COMMENT = "One row: when the evaluation was made, and of which rules and inputs."
_COLUMNS = {
    "evaluated_at": ("timestamp", "When the evaluation was finished, in UTC."),
    "configuration_fingerprint": (
        "varchar",
        "SHA-256 of the rules that were evaluated, as in the manifest of a publication.",
    ),
    "inputs": ("varchar", "`files`, or `demo` where the demo data was evaluated."),
    "basis": ("varchar", "How the past was read: `as_known` or `restated`."),
}


@dataclass(frozen=True)
class EvaluationManifest:
    """When an evaluation was made, in UTC without an offset, and of which rules and inputs."""

    evaluated_at: datetime
    configuration_fingerprint: str
    inputs: str
    basis: str


def write_evaluation_manifest(
    connection: duckdb.DuckDBPyConnection, database: Path, manifest: EvaluationManifest
) -> None:
    """Add the manifest to a finished database of an evaluation's marts."""
    path = literal(str(database.absolute()))
    connection.execute(f"attach {path} as evaluation (type duckdb)")
    table = Schema("evaluation", "main").table(TABLE)
    columns = ", ".join(
        f"{quoted(name)} {data_type} not null" for name, (data_type, _) in _COLUMNS.items()
    )
    connection.execute(f"create table {table} ({columns})")
    connection.execute(f"comment on table {table} is {literal(_COMMENT)}")
    for name, (_, comment) in _COLUMNS.items():
        connection.execute(f"comment on column {table}.{quoted(name)} is {literal(comment)}")
    connection.execute(f"insert into {table} values (?, ?, ?, ?)", list(astuple(manifest)))
    connection.execute("checkpoint evaluation")
    connection.execute("detach evaluation")


def read_evaluation_manifest(
    connection: duckdb.DuckDBPyConnection, schema: Schema
) -> EvaluationManifest:
    """Return the manifest of an evaluation that is attached."""
    (row,) = connection.execute(f"select * from {schema.table(TABLE)}").fetchall()
    return EvaluationManifest(*row)
