"""A Postgres server for all tests of the engines, with a database of its own for each of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg2
import pytest
from postgres_server import PostgresServer, postgres_server

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def database(server: PostgresServer) -> str:
    """Make an empty database whose texts sort as in a German dictionary, and return its name."""
    name = f"test_{next(_NUMBERS)}"
    connection = psycopg2.connect(server.dsn())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            f"create database {name} template template0 "
            "locale_provider icu icu_locale 'de' locale 'C.UTF-8'"
        )
    connection.close()
    return name
