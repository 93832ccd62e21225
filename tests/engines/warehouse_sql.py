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
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema
from sqlglot.tokens import TokenType

PROJECT = Path(__file__).parents[2]

# Words that a parenthesis may follow without being functions.
NO_FUNCTIONS = {
    *("and", "as", "bignumeric", "by", "decimal", "else", "from", "group", "having", "in", "not"),
    *("on", "or", "over", "rlike", "select", "then", "when", "where"),
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
        "lead_history": {"lead_id": text, "dbt_valid_from": moment, "dbt_valid_to": other_moment}
        | {"job_title": text, "company_size": number, "the lead's tier": text},
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
        # A seed that was loaded without its types, with the columns that not every one has.
        optional = ("exit_score", "min_days", "recycle_after_days", "trend_points")
        return dict.fromkeys(("model_id", *optional), number)
    relation = identifier.removeprefix("stg_lead_scoring__")
    extra = {
        "leads": "the lead's tier",
        "events": "minutes watched",
        "lead_history": "the lead's tier",
    }
    raw = {f"raw__{name}": kind for name, kind in given[relation].items()}
    staged = ("job_title", "company_size")
    own = {
        "events": raw,
        "lead_history": {name: text for name in given[relation] if name.lower() in staged},
    }
    return {f"extra__{extra[relation]}": text} | own.get(relation, {})


def compile_project(target: str, folder: Path) -> list[Path]:
    """Compile models and data tests without a connection and return the compiled files."""
    load_plugin(target)
    adapter: Any = get_adapter_class_by_name(target)
    adapter.get_columns_in_relation = lambda adapter, relation: [
        adapter.Column(name, kind) for name, kind in columns_of(target, relation.identifier).items()
    ]
    # No table stands there yet, but for the one input that may be missing.
    adapter.get_relation = lambda *_, **named: named.get("identifier") == "lead_history" or None
    # Asked of a connection otherwise; a SQL warehouse has them all.
    adapter.has_dbr_capability = lambda _adapter, _name: True
    result = dbtRunner().invoke(
        [
            *("compile", "--target", target, "--no-introspect", "--no-populate-cache"),
            *("--project-dir", str(PROJECT), "--target-path", str(folder / "target")),
            *("--profiles-dir", str(PROJECT / "tests/engines/compile_profiles")),
            *("--log-path", str(folder / "logs"), "--quiet", "--warn-error"),
            *("--vars", "{lead_scoring__evaluation: true, lead_scoring__incremental_events: true}"),
        ]
    )
    if not result.success:
        sys.exit(f"{target}: {result.exception}")
    return sorted((folder / "target/compiled").rglob("*.sql"))


class Types:
    """The types of all columns, from the inputs' and seeds' through every model to the marts."""

    def __init__(self, target: str, folder: Path) -> None:
        """Infer the types of what compile_project left in a folder."""
        self.target = target
        self.manifest = json.loads((folder / "target/manifest.json").read_text(encoding="utf-8"))
        self.schema = MappingSchema(dialect=target, normalize=False)
        self.products: dict[str, list[int]] = {}
        nodes = self.manifest["nodes"]
        self.seeds = {
            name: node["config"]["column_types"]
            for name, node in nodes.items()
            if node["resource_type"] == "seed"
        }
        self.models: dict[str, dict[str, str]] = {}
        for name, columns in self.seeds.items():
            self._add(nodes[name] | {"identifier": nodes[name]["alias"]}, columns)
        for source in self.manifest["sources"].values():
            self._add(source, inputs(target)[source["identifier"]], as_is=True)
        waiting = [name for name, node in nodes.items() if node["resource_type"] == "model"]
        while waiting:
            name = next(name for name in waiting if not set(waiting) & set(_parents(nodes[name])))
            waiting.remove(name)
            file = folder / "target/compiled/lead_scoring" / nodes[name]["original_file_path"]
            self.models[name] = self._infer(file.read_text(encoding="utf-8"))
            self._add(
                nodes[name] | {"identifier": nodes[name]["alias"]}, self.models[name], as_is=True
            )

    def contracts(self) -> dict[str, list[str]]:
        """Return for each column under contract the type of the contract and that of the SQL."""
        return {
            f"{node['name']}.{column}": [
                _spelt(properties["data_type"], self.target),
                _spelt(self.models[name][self._name(column)], self.target),
            ]
            for name, node in self.manifest["nodes"].items()
            if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
            for column, properties in node["columns"].items()
        }

    def named(self) -> list[str]:
        """Return the types that contracts name."""
        return sorted(
            {
                column["data_type"]
                for node in self.manifest["nodes"].values()
                if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
                for column in node["columns"].values()
            }
        )

    def _name(self, name: str) -> str:
        """Return a name as the warehouse keeps it where it stands without quotes."""
        return name.upper() if self.target == "snowflake" else name

    def _add(self, node: dict[str, Any], columns: dict[str, str], as_is: bool = False) -> None:
        place = [self._name(node[part]) for part in ("database", "schema", "identifier")]
        known = columns if as_is else {self._name(name): kind for name, kind in columns.items()}
        self.schema.add_table(exp.table_(*reversed(place)), known)

    def _infer(self, sql: str) -> dict[str, str]:
        parsed = sqlglot.parse_one(sql, dialect=self.target)
        typed = annotate_types(
            qualify(parsed, schema=self.schema, dialect=self.target), self.schema
        )
        for product in typed.find_all(exp.Mul):
            scales = [_scale(factor) for factor in (product.left, product.right)]
            if None not in scales:
                self.products[product.sql(self.target).replace('"', "").lower()] = scales
        return {
            column.alias_or_name: column.type.sql(dialect=self.target) for column in typed.selects
        }


def _parents(node: dict[str, Any]) -> list[str]:
    parents: list[str] = node["depends_on"]["nodes"]
    return parents


def _scale(factor: exp.Expression) -> int | None:
    if factor.type is None or not factor.type.is_type("decimal", "bigdecimal"):
        return None
    limits = factor.type.expressions
    return int(limits[1].name) if len(limits) > 1 else None


def _spelt(kind: str, target: str) -> str:
    """Return a type in the one spelling that the parser has for it."""
    return exp.DataType.build(kind, dialect=target).sql(dialect=target)


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
    decimals: set[str] = set()
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
            decimals |= {
                kind.sql(target).lower()
                for kind in statement.find_all(exp.DataType)
                if kind.is_type("decimal", "bigdecimal")
            }
        functions |= functions_in(sql, target)
        parsed = linter.parse_string(sql, fname=file.name)
        broken += [f"sqlfluff, {file.name}: {violation}" for violation in parsed.violations]
    types = Types(target, folder)
    print(
        json.dumps(
            {
                "files": [file.name for file in files],
                "broken": broken,
                "functions": sorted(functions),
                "unknown": sorted(unknown),
                "decimals": sorted(decimals),
                "contracts": types.contracts(),
                "contract_types": types.named(),
                "seed_types": sorted(
                    {kind for seed in types.seeds.values() for kind in seed.values()}
                ),
                "products": types.products,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
