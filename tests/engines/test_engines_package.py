"""The project as a package of another dbt project, on Postgres."""

from __future__ import annotations

from pathlib import Path

import psycopg2
from postgres_server import PostgresServer

from installed_package import EXPECTED, PACKAGE, install


def test_the_integration_project_builds_and_holds_on_postgres(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    installation = install(tmp_path, "postgres", server.environment(database))
    installation.done("seed")
    installation.done("build", "--select", PACKAGE)
    printed = installation.done("test", "--select", EXPECTED)
    assert "PASS=3 " in printed
    with psycopg2.connect(server.dsn(database)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$|public$)'"
        )
        schemas = {name for (name,) in cursor.fetchall()}
    connection.close()
    assert schemas == {"acme_crm", "acme_rules", "acme_scoring", "acme_expected"}
