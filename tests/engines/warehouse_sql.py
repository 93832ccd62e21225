"""Compile the project for a warehouse that is not there and say what its parsers make of the SQL.

Run by the Python of build/warehouses: warehouse_sql.py TARGET FOLDER. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlglot
from dbt.adapters.factory import get_adapter_class_by_name, load_plugin
from dbt.cli.main import dbtRunner
from sqlfluff.core import FluffConfig, Linter
from sqlglot import exp
from sqlglot.tokens import TokenType

PROJECT = Path(__file__).parents[2]

# Words that a parenthesis may follow without being functions.
NO_FUNCTIONS = {
    *("and", "as", "bignumeric", "by", "decimal", "else", "group", "having", "in", "not", "on"),
    *("or", "over", "rlike", "select", "then", "when", "where"),
}

# The types of a text, a moment, a moment as the other of the two inputs has it, and a number.
TYPES = {
    "snowflake": ("VARCHAR", "TIMESTAMP_TZ", "TIMESTAMP_NTZ", "NUMBER"),
    "bigquery": ("STRING", "TIMESTAMP", "DATETIME", "INT64"),
    "databricks": ("string", "timestamp", "timestamp_ntz", "decimal(18,2)"),
}


def inputs(target: str) -> dict[str, dict[str, str]]:
    """Return columns for each input: the contract's, as text or typed, and one beyond it."""
    text, moment, other_moment, number = TYPES[target]
    leads = [
        *("lead_id", "full_name", "first_name", "last_name", "email", "job_title"),
        *("company_name", "company_domain", "industry", "country", "region", "lead_source"),
        *("account_id", "is_customer", "is_employee", "is_competitor", "is_unsubscribed"),
    ]
    events = ["event_id", "lead_id", "event_type", "occurred_at", "channel", "campaign"]
    columns = {
        "leads": dict.fromkeys(leads, text)
        | {"created_at": moment, "updated_at": text, "company_size": number}
        | {"the lead's tier": text},
        "events": dict.fromkeys(events, text)
        | {"loaded_at": other_moment, "value": number, "minutes watched": number},
        "outcomes": {"lead_id": text, "outcome": text, "occurred_at": "DATE", "revenue": text},
    }
    if target == "snowflake":
        return {
            relation: {name.upper(): kind for name, kind in typed.items()}
            for relation, typed in columns.items()
        }
    return columns


def columns_of(target: str, identifier: str) -> dict[str, str]:
    """Return the columns of an input, or of a staged one those that stand behind a prefix."""
    given = inputs(target)
    if identifier in given:
        return given[identifier]
    text, _, _, number = TYPES[target]
    if identifier.startswith("lead_scoring__"):
        # A seed that was loaded without its types.
        return {"model_id": number}
    relation = identifier.removeprefix("stg_lead_scoring__")
    extra = {"leads": "the lead's tier", "events": "minutes watched"}
    raw = {f"raw__{name}": kind for name, kind in given[relation].items()}
    return {f"extra__{extra[relation]}": text} | (raw if relation == "events" else {})


def compile_project(target: str, folder: Path) -> list[Path]:
    """Compile models and data tests without a connection and return the compiled files."""
    load_plugin(target)
    adapter: Any = get_adapter_class_by_name(target)
    adapter.get_columns_in_relation = lambda adapter, relation: [
        adapter.Column(name, kind) for name, kind in columns_of(target, relation.identifier).items()
    ]
    # Asked of a connection otherwise; a SQL warehouse has them all.
    adapter.has_dbr_capability = lambda _adapter, _name: True
    result = dbtRunner().invoke(
        [
            *("compile", "--target", target, "--no-introspect", "--no-populate-cache"),
            *("--project-dir", str(PROJECT), "--target-path", str(folder / "target")),
            *("--profiles-dir", str(PROJECT / "tests/engines/compile_profiles")),
            *("--log-path", str(folder / "logs"), "--quiet", "--warn-error"),
        ]
    )
    if not result.success:
        sys.exit(f"{target}: {result.exception}")
    return sorted((folder / "target/compiled").rglob("*.sql"))


def functions_in(sql: str, target: str) -> set[str]:
    """Return the names that are called in an SQL text, as they are spelt in it.

    The parser knows the functions of all dialects together, so what it takes for known may be
    unknown to the one at hand.
    """
    tokens = sqlglot.Dialect.get_or_raise(target).tokenize(sql)
    return {
        name.text.lower()
        for name, bracket in pairwise(tokens)
        if bracket.token_type == TokenType.L_PAREN and name.text[:1].isalpha()
    } - NO_FUNCTIONS


def main(target: str, folder: Path) -> None:
    """Compile, parse with both parsers, and print what they found."""
    files = compile_project(target, folder)
    linter = Linter(config=FluffConfig(overrides={"dialect": target, "templater": "raw"}))
    broken: list[str] = []
    unknown: set[str] = set()
    functions: set[str] = set()
    for file in files:
        sql = file.read_text(encoding="utf-8")
        try:
            statements = sqlglot.parse(sql, dialect=target, error_level=sqlglot.ErrorLevel.RAISE)
        except sqlglot.errors.SqlglotError as error:
            broken.append(f"sqlglot, {file.name}: {error}")
            continue
        for statement in statements:
            if statement is None or isinstance(statement, exp.Command):
                broken.append(f"sqlglot, {file.name}: no statement that it knows")
                continue
            unknown |= {str(found.this).lower() for found in statement.find_all(exp.Anonymous)}
        functions |= functions_in(sql, target)
        parsed = linter.parse_string(sql, fname=file.name)
        broken += [f"sqlfluff, {file.name}: {violation}" for violation in parsed.violations]
    print(
        json.dumps(
            {
                "files": [file.name for file in files],
                "broken": broken,
                "functions": sorted(functions),
                "unknown": sorted(unknown),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
