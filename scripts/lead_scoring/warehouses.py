"""The databases beside DuckDB in which a run may be built."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from lead_scoring.postgres_warehouse import postgres_warehouse
from lead_scoring.spark_warehouse import SparkWarehouse, spark_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import duckdb

DUCKDB = "duckdb"


class Warehouse(Protocol):
    """A database that a run is built in, held for that run."""

    def land(self, work: duckdb.DuckDBPyConnection, tables: Sequence[tuple[str, str]]) -> None:
        """Copy tables, named by schema and name, out of the work database."""

    def restore(self, names: Sequence[str], erased: Sequence[str]) -> None:
        """Put published marts back into the build's schema, those that were published before.

        Rows of the leads whose ids are in `erased` are left out.
        """

    def fetch(self, work: duckdb.DuckDBPyConnection, names: Sequence[str], schema: str) -> None:
        """Copy tables of the build into a schema of the work database."""

    def publish(self, run_id: str, keep: int) -> None:
        """Show the marts of the build to readers, in one step, and keep so many runs."""


def _spark(spill: Path, wait_seconds: float) -> AbstractContextManager[SparkWarehouse]:
    return spark_warehouse(spill / "spark", wait_seconds)


_WAREHOUSES: dict[str, Callable[[Path, float], AbstractContextManager[Warehouse]]] = {
    "postgres": postgres_warehouse,
    "spark": _spark,
}
TARGETS = (DUCKDB, *_WAREHOUSES)


@contextmanager
def warehouse_of(target: str, spill: Path, wait_seconds: float) -> Iterator[Warehouse | None]:
    """Give the warehouse of a target, None where that is the work database itself.

    Args:
        target: A target of the dbt profile.
        spill: A folder for files on their way.
        wait_seconds: How long to wait for another run to let go of it.

    Raises:
        UsageError: The target's packages are not installed.
        DatabaseBusyError: Another run holds the warehouse.
        StorageError: It can't be reached.
    """
    if target == DUCKDB:
        yield None
        return
    with _WAREHOUSES[target](spill, wait_seconds) as warehouse:
        yield warehouse
