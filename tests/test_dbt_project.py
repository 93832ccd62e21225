"""The dbt project around its SQL: clean parsing, descriptions, contracts, unit tests and layout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from lead_scoring.dbt_build import OF_ONE_BUILD

PROJECT = Path(__file__).parents[1]
PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/data")
INPUTS = {
    "leads": "lead_id varchar, created_at varchar",
    "events": "event_id varchar, lead_id varchar, event_type varchar, occurred_at varchar",
    "outcomes": "lead_id varchar, outcome varchar, occurred_at varchar",
}
# dbt checks the keys of YAML files for some warehouses only, and DuckDB is not among them.
DBT = """
import dbt.jsonschemas.jsonschemas as checks
from dbt.cli.main import cli
checks._JSONSCHEMA_SUPPORTED_ADAPTERS.add("duckdb")
cli()
"""

# With what is off unless somebody asks for it, which keeps the same rules.
EVERYTHING = "{lead_scoring__evaluation: true, lead_scoring__incremental_events: true}"
ENGINE_PREFIXES = ("default__", "duckdb__", "postgres__", "spark__", "snowflake__", "bigquery__")


@dataclass(frozen=True)
class Workplace:
    """A database and a target folder of its own for runs of dbt."""

    folder: Path
    database: str

    def run(self, *command: str, project: Path = PROJECT) -> subprocess.CompletedProcess[str]:
        """Run a command of the virtual environment in a project's folder."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "LEAD_SCORING_"))
        } | {
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "LEAD_SCORING_DATABASE": self.database,
        }
        return subprocess.run(
            [sys.executable, *command],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def dbt(self, *arguments: str, project: Path = PROJECT) -> subprocess.CompletedProcess[str]:
        """Run dbt with its checks of YAML keys switched on and warnings as errors."""
        # What is off unless somebody asks for it keeps the same rules.
        asked = () if "--vars" in arguments else ("--vars", "{lead_scoring__evaluation: true}")
        flags = ("--warn-error", "--no-use-colors")
        return self.run("-c", DBT, *flags, *arguments, *asked, project=project)


@dataclass(frozen=True)
class BuiltProject:
    """The project, every relation of which stands empty in a database."""

    workplace: Workplace
    manifest: dict[str, Any]
    columns: dict[str, list[str]]
    comments: dict[tuple[str, str], str | None]

    def nodes(self, *resource_types: str) -> list[dict[str, Any]]:
        """Return the nodes of the manifest that are of one of the types."""
        return [
            node
            for node in self.manifest["nodes"].values()
            if node["resource_type"] in resource_types
        ]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltProject:
    folder = tmp_path_factory.mktemp("dbt_project")
    database = folder / "work.duckdb"
    with duckdb.connect(database) as connection:
        connection.execute("create schema lead_scoring_raw")
        for name, columns in INPUTS.items():
            connection.execute(f"create table lead_scoring_raw.{name} ({columns})")
    workplace = Workplace(folder, str(database))
    words = ("build", "--empty", "--exclude-resource-types", "test", "unit_test")
    built = workplace.dbt(*words, "--vars", EVERYTHING)
    assert built.returncode == 0, built.stdout
    with duckdb.connect(database, read_only=True) as connection:
        rows = connection.execute(
            "select table_name, column_name, comment from duckdb_columns()"
            " where schema_name = 'lead_scoring' order by table_name, column_index"
        ).fetchall()
    columns_of: dict[str, list[str]] = {}
    for table, column, _ in rows:
        columns_of.setdefault(table, []).append(column)
    return BuiltProject(
        workplace,
        json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8")),
        columns_of,
        {(table, column): comment for table, column, comment in rows},
    )


def test_every_model_and_seed_and_each_of_their_columns_is_described(built: BuiltProject) -> None:
    missing = []
    for node in built.nodes("model", "seed"):
        if not node["description"].strip():
            missing.append(node["name"])
        described = {
            name for name, column in node["columns"].items() if column["description"].strip()
        }
        actual = {
            column
            for column in built.columns[node["name"]]
            if not column.startswith(("extra__", "raw__"))
        }
        missing += [f"{node['name']}.{column}" for column in sorted(actual - described)]
        missing += [f"{node['name']}.{column} (gone)" for column in sorted(described - actual)]
    assert missing == []


def test_a_model_says_its_grain_first(built: BuiltProject) -> None:
    assert [
        node["name"]
        for node in built.nodes("model")
        if not node["description"].startswith("One row per ")
    ] == []


def test_every_macro_test_source_and_exposure_is_described(built: BuiltProject) -> None:
    manifest = built.manifest
    # What an engine does its own way is described where all of them are called.
    described = [
        macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "lead_scoring" and not macro["name"].startswith(ENGINE_PREFIXES)
    ]
    described += [node for node in built.nodes("test") if "test_metadata" not in node]
    described += manifest["exposures"].values()
    described += manifest["unit_tests"].values()
    described += manifest["sources"].values()
    described += [
        column for source in manifest["sources"].values() for column in source["columns"].values()
    ]
    assert [item["name"] for item in described if not (item["description"] or "").strip()] == []


def test_every_mart_is_under_contract_and_documented_in_the_database(built: BuiltProject) -> None:
    marts = [node for node in built.nodes("model") if node["access"] == "public"]
    assert marts
    for mart in marts:
        assert mart["config"]["contract"]["enforced"], mart["name"]
        assert mart["name"].startswith("lead_scoring__")
        for column in built.columns[mart["name"]]:
            assert mart["columns"][column]["data_type"], (mart["name"], column)
            assert built.comments[mart["name"], column], (mart["name"], column)


def test_what_dbt_knows_before_it_compiles_is_the_same_for_every_build(
    built: BuiltProject, tmp_path: Path
) -> None:
    """The command has the project read without the vars that change with every build."""
    of_another = {
        "lead_scoring__as_of": ["2001-01-01", "2001-01-02"],
        "lead_scoring__known_until": "2001-02-01",
        "lead_scoring__event_rows_left_out": 5,
    }
    assert set(of_another) == OF_ONE_BUILD
    variables = json.dumps(yaml.safe_load(EVERYTHING) | of_another)
    workplace = Workplace(tmp_path, built.workplace.database)
    parsed = workplace.dbt("parse", "--vars", variables)
    assert parsed.returncode == 0, parsed.stdout
    other = json.loads((tmp_path / "target" / "manifest.json").read_text(encoding="utf-8"))
    known = ("config", "refs", "sources", "relation_name")
    for kind in ("nodes", "sources"):
        first, second = (
            {
                name: [node.get("depends_on", {}).get("nodes"), *map(node.get, known)]
                for name, node in manifest[kind].items()
            }
            for manifest in (built.manifest, other)
        )
        assert first == second


def test_no_model_reads_a_layer_to_its_right(built: BuiltProject) -> None:
    """But what is kept from run to run: the past is an input of the present."""
    order = ["staging", "intermediate", "marts", "evaluation"]
    kept = {
        node["unique_id"]
        for node in built.nodes("model")
        if node["config"]["materialized"] == "incremental"
    }
    layers = {
        node["unique_id"]: order.index(Path(node["path"]).parts[0]) for node in built.nodes("model")
    }
    assert [
        (node["name"], parent)
        for node in built.nodes("model")
        for parent in node["depends_on"]["nodes"]
        if layers.get(parent, 0) > layers[node["unique_id"]] and parent not in kept
    ] == []


def test_unit_tests_pass(built: BuiltProject) -> None:
    tested = built.workplace.dbt("test", "--select", "test_type:unit")
    assert tested.returncode == 0, tested.stdout
    assert f"PASS={len(built.manifest['unit_tests'])} " in tested.stdout


def test_a_unit_test_answers_for_every_seed_and_model_it_reads(built: BuiltProject) -> None:
    """A fixture left to a seed of ours would change with the user's configuration."""
    assert [
        (test["name"], given["input"])
        for test in built.manifest["unit_tests"].values()
        for given in test["given"]
        if given["rows"] is None
    ] == []


@pytest.mark.parametrize("row", ["'m', 'fit', 'A'", "'n', 'fit', null"])
def test_a_key_that_stands_twice_or_is_null_is_found(
    built: BuiltProject, row: str, tmp_path: Path
) -> None:
    database = tmp_path / "work.duckdb"
    shutil.copy(built.workplace.database, database)
    with duckdb.connect(database) as connection:
        connection.execute(
            "insert into lead_scoring.int_lead_scoring__bands (model_id, dimension, band) "
            f"values ('m', 'fit', 'A'), ({row})"
        )
    select = ("--select", "int_lead_scoring__bands,test_type:generic")
    tested = Workplace(tmp_path, str(database)).dbt("test", *select)
    assert tested.returncode == 1, tested.stdout
    assert "Got 1 result" in tested.stdout


def test_a_unit_test_has_a_name_that_postgres_takes(built: BuiltProject) -> None:
    """There dbt makes a relation of the test's name."""
    assert [
        test["name"] for test in built.manifest["unit_tests"].values() if len(test["name"]) > 63
    ] == []


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("models/marts/_lead_scoring__marts.yml", "    columns:", "    colums:"),
        ("models/staging/lead_scoring/_lead_scoring__sources.yml", "identifier:", "identifer:"),
        ("dbt_project.yml", "+materialized: table", "+materialised: table"),
    ],
)
def test_a_misspelt_yaml_key_is_an_error(tmp_path: Path, file: str, right: str, wrong: str) -> None:
    copy = tmp_path / "project"
    for part in PARTS:
        source, target = PROJECT / part, copy / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    misspelt = copy / file
    text = misspelt.read_text(encoding="utf-8")
    assert right in text
    misspelt.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    parsed = Workplace(tmp_path, ":memory:").dbt("parse", project=copy)
    assert parsed.returncode == 2
    assert wrong.strip(" +:").removesuffix(": table") in parsed.stdout


def test_models_and_tests_compile_without_a_warehouse_and_are_laid_out_by_the_rules(
    tmp_path: Path,
) -> None:
    """What does not compile is skipped by the linter in silence, so compiling comes first."""
    workplace = Workplace(tmp_path, ":memory:")
    compiled = workplace.dbt("compile")
    assert compiled.returncode == 0, compiled.stdout
    linted = workplace.run("-m", "sqlfluff", "lint", "models", "tests/data")
    assert linted.returncode == 0, linted.stdout
