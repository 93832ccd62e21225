"""The project as a package of another dbt project, on Postgres and Spark."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import pytest
from postgres_server import PostgresServer
from spark_settings import SMALL_SPARK

from installed_package import PACKAGE, Installation, install

SCHEMAS = {"acme_crm", "acme_rules", "acme_scoring", "acme_expected"}


@pytest.fixture
def on_spark(tmp_path: Path) -> Installation:
    settings = SMALL_SPARK | {"LEAD_SCORING_SPARK_FOLDER": str(tmp_path / "spark")}
    return install(tmp_path, "spark", settings)


def test_the_integration_project_builds_and_holds_on_postgres(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    installation = install(tmp_path, "postgres", server.environment(database))
    installation.done("seed")
    assert_built_as_expected(installation)
    with psycopg2.connect(server.dsn(database)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$|public$)'"
        )
        schemas = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "select relname from pg_class where relkind = 'r' and reltuples < 0 "
            "and relname ~ '^(stg|int)_lead_scoring__|^lead_scoring__ranked_leads$'"
        )
        without_statistics = cursor.fetchall()
    connection.close()
    assert schemas == SCHEMAS
    assert without_statistics == []


def test_the_integration_project_builds_and_holds_on_spark(
    on_spark: Installation, tmp_path: Path
) -> None:
    on_spark.done("seed")
    assert_built_as_expected(on_spark)
    assert {path.name for path in (tmp_path / "spark" / "warehouse").iterdir()} == {
        f"{schema}.db" for schema in SCHEMAS
    }


def test_a_cell_that_its_type_can_not_hold_stops_the_seed_on_spark(on_spark: Installation) -> None:
    bands = on_spark.project / "seeds" / "lead_scoring" / "lead_scoring__bands.csv"
    text = bands.read_text(encoding="utf-8")
    bands.write_text(text.replace("007,fit,A,50\n", "007,fit,A,fifty\n"), encoding="utf-8")
    ended = on_spark.dbt("seed", "--select", bands.stem)
    assert ended.returncode == 1
    assert "min_points is no decimal(11,4): fifty" in ended.stdout


def assert_built_as_expected(installation: Installation) -> None:
    """Build the package, and with it run all its unit tests and the tests of what is expected."""
    installation.done("build", "--select", PACKAGE)
    statuses = {
        result["unique_id"]: result["status"]
        for result in installation.artefact("run_results")["results"]
    }
    passed = {test for test, status in statuses.items() if status == "pass"}
    manifest = installation.artefact("manifest")
    assert manifest["unit_tests"].keys() <= passed
    expectations = {test for test in passed if test.split(".")[1] != "lead_scoring"}
    assert {test.split(".")[2] for test in expectations} == {
        "contributions_are_as_expected",
        "ranked_leads_are_as_expected",
        "rejected_records_are_as_expected",
    }
