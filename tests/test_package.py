"""The project as a package of another dbt project, which brings its tables and rules with it."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import command
from installed_package import EXPECTED, INTEGRATION, PACKAGE, Installation, install
from oracle import score
from oracle_inputs import CaseFiles
from test_dbt_project import PROJECT

MARTS = {f"lead_scoring__{name}" for name in command.MARTS}
# Columns that came later, which a seed may lack.
LATER_COLUMNS = {"trend_points", "exit_score", "min_days", "recycle_after_days"}
RULES = INTEGRATION / "seeds" / "lead_scoring"
PAGE = PROJECT / "docs" / "package.md"
VAR = re.compile(r"\bvar\('(lead_scoring__\w+)'(?:, ([^)]+))?\)")


@dataclass(frozen=True)
class Built:
    """The integration project, built on DuckDB as its page says."""

    installation: Installation
    manifest: dict[str, Any]

    @property
    def database(self) -> Path:
        return Path(self.installation.settings["LEAD_SCORING_DATABASE"])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.database, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def copy(self, folder: Path) -> Built:
        """Return the same, to be changed without harm."""
        package = folder / "lead_scoring"
        shutil.copytree(self.installation.package, package, symlinks=True)
        link = package / INTEGRATION.name / "dbt_packages" / "lead_scoring"
        link.unlink()
        link.symlink_to(package)
        database = shutil.copy(self.database, folder / "warehouse.duckdb")
        return replace(
            self,
            installation=replace(
                self.installation,
                package=package,
                settings={"LEAD_SCORING_DATABASE": str(database)},
            ),
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("package")
    database = folder / "warehouse.duckdb"
    installation = install(folder, "duckdb", {"LEAD_SCORING_DATABASE": str(database)})
    installation.done("seed")
    installation.done("build", "--select", PACKAGE)
    return Built(installation, installation.artefact("manifest"))


def test_the_marts_hold_what_was_worked_out(built: Built) -> None:
    printed = built.installation.done("test", "--select", EXPECTED)
    assert "PASS=3 " in printed


def test_what_was_worked_out_is_what_the_oracle_says(tmp_path: Path) -> None:
    crm = INTEGRATION / "seeds" / "crm"
    for name in ("contacts", "web_events", "deals"):
        header, rows = (crm / f"{name}.csv").read_text(encoding="utf-8").split("\n", 1)
        (tmp_path / f"{name}.csv").write_text(f"{header.lower()}\n{rows}", encoding="utf-8")
    case = CaseFiles(
        leads=tmp_path / "contacts.csv",
        config=RULES,
        events=tmp_path / "web_events.csv",
        outcomes=tmp_path / "deals.csv",
    )
    oracle = score(case, date(2026, 3, 31))
    for name in ("ranked_leads", "contributions", "rejected_records"):
        path = INTEGRATION / "seeds" / "expected" / f"expected_{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            worked_out = list(csv.DictReader(file))
        said = [{column: row[column] for column in worked_out[0]} for row in getattr(oracle, name)]
        assert _comparable(worked_out) == _comparable(said), name


def test_only_the_schemas_exist_that_were_configured(built: Built) -> None:
    schemas = built.rows(
        "select schema_name from duckdb_schemas()"
        " where not internal and database_name = 'warehouse' and schema_name != 'main'"
    )
    assert {name for (name,) in schemas} == {
        "acme_crm",
        "acme_rules",
        "acme_scoring",
        "acme_expected",
    }


def test_the_package_brings_its_tables_and_reference_lists_and_nothing_else(built: Built) -> None:
    brought = {
        node["name"]
        for node in built.manifest["nodes"].values()
        if node["package_name"] == "lead_scoring" and node["resource_type"] in ("model", "seed")
    }
    found = built.rows(
        "select table_name from information_schema.tables where table_schema = 'acme_scoring'"
    )
    assert {name for (name,) in found} == brought
    assert {name for name in brought if not name.startswith(("stg_", "int_"))} == MARTS | {
        "lead_scoring__country_names",
        "lead_scoring__disposable_email_domains",
        "lead_scoring__free_email_domains",
        "lead_scoring__title_words",
    }
    assert built.manifest["exposures"] == {}
    models = built.rows("select distinct model_id from acme_scoring.lead_scoring__ranked_leads")
    assert models == [("007",)]


def test_seeds_of_the_same_names_get_the_package_s_types_and_descriptions(built: Built) -> None:
    declared = types_of_the_rules()
    assert declared.keys() == {path.stem for path in RULES.glob("*.csv")}
    for name, columns in declared.items():
        seed = built.manifest["nodes"][f"seed.lead_scoring_integration_tests.{name}"]
        assert seed["config"]["column_types"].keys() == columns.keys()
        assert all(column["description"] for column in seed["columns"].values())
        with (RULES / f"{name}.csv").open(encoding="utf-8") as file:
            assert set(next(csv.reader(file))) == set(columns) - LATER_COLUMNS


def test_only_marts_are_for_others_to_read(built: Built) -> None:
    models = [node for node in built.manifest["nodes"].values() if node["resource_type"] == "model"]
    assert {node["name"] for node in models if node["access"] == "public"} == MARTS
    assert {node["access"] for node in models if node["name"] not in MARTS} == {"private"}
    assert {node["group"] for node in models} == {"lead_scoring"}


def test_an_evaluation_is_off_until_the_project_turns_it_on(built: Built, tmp_path: Path) -> None:
    tables = "select count(*) from duckdb_tables() where table_name like '%evaluat%'"
    assert built.rows(tables) == [(0,)]
    own = built.copy(tmp_path)
    project = own.installation.project / "dbt_project.yml"
    text = project.read_text(encoding="utf-8")
    schema = "  lead_scoring:\n    +schema: scoring\n"
    assert text.count(schema) == 2
    turned_on = text.replace(schema, f"{schema}    evaluation: {{+enabled: true}}\n", 1)
    project.write_text(turned_on, encoding="utf-8")
    published = "select distinct run_id from acme_scoring.lead_scoring__score_history"
    before = own.rows(published)
    own.installation.done(
        "build", "--select", "+lead_scoring.evaluation", "--indirect-selection", "buildable",
        "--exclude-resource-type", "unit_test", "--vars",
        "{lead_scoring__as_of: [2026-02-01, 2026-03-01], lead_scoring__known_until: 2026-03-31}",
    )  # fmt: skip
    summary = "select slice from acme_scoring.lead_scoring__evaluation_summary group by slice"
    assert len(own.rows(summary)) == 4
    assert own.rows(published) == before


def lose_a_group(project: Path) -> None:
    criteria = project / "seeds" / "lead_scoring" / "lead_scoring__criteria.csv"
    text = criteria.read_text(encoding="utf-8")
    criteria.write_text(text.replace(",interest,", ",interests,"), encoding="utf-8")


def repeat_an_action(project: Path) -> None:
    actions = project / "seeds" / "lead_scoring" / "lead_scoring__actions.csv"
    text = actions.read_text(encoding="utf-8")
    actions.write_text(text + text.splitlines()[-1] + "\n", encoding="utf-8")


def write_none_for_blank_texts(project: Path) -> None:
    """Change the rules as dbt-spark alone loads them."""
    for name, types in types_of_the_rules().items():
        path = project / "seeds" / "lead_scoring" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        texts = [column for column, kind in types.items() if "'text'" in kind]
        for row in rows:
            row.update({column: row[column] or "None" for column in texts})
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def lose_the_types(project: Path) -> None:
    (project.parent / "seeds" / "properties" / "_lead_scoring__scoring_seeds.yml").unlink()


@pytest.mark.parametrize(
    ("spoil", "test"),
    [
        (lose_a_group, "lead_scoring_configuration_holds_together"),
        (write_none_for_blank_texts, "lead_scoring_configuration_holds_together"),
        (repeat_an_action, "lead_scoring_configuration_keys_are_unique"),
        (lose_the_types, "lead_scoring_seed_columns_have_their_types"),
    ],
)
def test_a_wrong_seed_stops_the_build_before_any_mart(
    built: Built, tmp_path: Path, spoil: Callable[[Path], None], test: str
) -> None:
    spoilt = built.copy(tmp_path)
    spoil(spoilt.installation.project)
    run = "select distinct run_id from acme_scoring.lead_scoring__run_summary"
    before = spoilt.rows(run)
    ended = spoilt.installation.dbt(
        "build",
        *("--select", f"+{PACKAGE}"),
        *("--exclude-resource-type", "unit_test"),
        *(() if spoil is not lose_the_types else ("--full-refresh",)),
    )
    assert ended.returncode == 1, ended.stdout
    results = {
        result["unique_id"].split(".")[2]: result["status"]
        for result in spoilt.installation.artefact("run_results")["results"]
    }
    assert results[test] == "fail"
    assert {results[mart] for mart in MARTS} == {"skipped"}
    assert spoilt.rows(run) == before


def test_the_page_has_every_var_with_its_default() -> None:
    files = [PROJECT / "dbt_project.yml"]
    for folder in ("macros", "models", "seeds", "tests/data"):
        files += [path for path in (PROJECT / folder).rglob("*") if path.suffix in (".sql", ".yml")]
    used: dict[str, set[str]] = {}
    for file in files:
        for name, default in VAR.findall(file.read_text(encoding="utf-8")):
            used.setdefault(name, set()).add(default.strip("'"))
    rows = re.findall(
        r"^\| (lead_scoring__\w+) \| ([^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [(name, {default}) for name, default in rows] == sorted(used.items())


def test_the_page_shows_the_integration_project() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    shown: dict[str, Any] = {}
    for block in reversed(blocks):
        shown |= yaml.safe_load(block)
    project = yaml.safe_load((INTEGRATION / "dbt_project.yml").read_text(encoding="utf-8"))
    assert shown["vars"] == project["vars"]
    assert shown["flags"].items() <= project["flags"].items()
    assert shown["dispatch"] == [
        rule | {"search_order": ["acme", *rule["search_order"][1:]]} for rule in project["dispatch"]
    ]
    for kind in ("models", "seeds"):
        assert shown[kind]["lead_scoring"] == project[kind]["lead_scoring"]


def types_of_the_rules() -> dict[str, dict[str, str]]:
    """Return the column types of each scoring seed as its properties file has them."""
    properties = PROJECT / "seeds" / "properties" / "_lead_scoring__scoring_seeds.yml"
    return {
        seed["name"]: seed["config"]["column_types"]
        for seed in yaml.safe_load(properties.read_text(encoding="utf-8"))["seeds"]
    }


def _comparable(rows: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    """Rows in an order of their own, numbers without trailing zeros."""
    return sorted(
        sorted(
            (name, re.sub(r"\.0+$", "", value) if name != "lead_id" else value)
            for name, value in row.items()
        )
        for row in rows
    )
