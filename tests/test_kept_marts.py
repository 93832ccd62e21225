"""What is kept from build to build of dbt alone, whichever dates and parts of it are built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import duckdb
import pytest

from test_dbt_project import INPUTS, Workplace

# Long past, since no date that is yet to come is one to count back from.
SCORED = [f"2024-06-{day:02}" for day in range(1, 10)]
KEPT = "+lead_scoring__funnel_daily"
LEADS = [("steady", SCORED[0]), *((f"from {day}", day) for day in SCORED)]


@dataclass(frozen=True)
class Warehouse:
    """A warehouse, and dbt as its owner starts it."""

    workplace: Workplace

    def dbt(self, verb: str, dates: list[str], *options: str, days: int | None = None) -> str:
        """Build with the given dates to score, which has to succeed."""
        ended = self.try_dbt(verb, dates, *options, days=days)
        assert ended[0] == 0, ended[1][-2000:]
        return ended[1]

    def try_dbt(
        self, verb: str, dates: list[str], *options: str, days: int | None = None
    ) -> tuple[int, str]:
        """Return the exit code and what was printed."""
        variables = {"lead_scoring__as_of": dates, "lead_scoring__history_days": days}
        ended = self.workplace.dbt(verb, *options, "--vars", json.dumps(variables))
        return ended.returncode, " ".join(ended.stdout.split())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.workplace.database, read_only=True) as connection:
            connection.execute("set schema = 'lead_scoring'")
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with duckdb.connect(self.workplace.database) as connection:
            connection.execute(sql)

    def dates(self, mart: str, column: str = "as_of_date") -> list[str]:
        sql = f"select distinct cast({column} as varchar) from lead_scoring__{mart} order by 1"
        return [day for (day,) in self.rows(sql)]

    def moves(self) -> list[tuple[Any, ...]]:
        """Return all transitions, but for who wrote them."""
        return self.rows(
            "select * exclude (run_id) from lead_scoring__stage_transitions order by all"
        )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Two dates, of which everything was built; on each of the dates a lead comes in and acts."""
    folder = tmp_path_factory.mktemp("kept")
    with duckdb.connect(folder / "work.duckdb") as connection:
        connection.execute("create schema lead_scoring_raw")
        for name, columns in INPUTS.items():
            connection.execute(f"create table lead_scoring_raw.{name} ({columns})")
        connection.executemany("insert into lead_scoring_raw.leads values (?, ?)", LEADS)
        connection.execute(
            "insert into lead_scoring_raw.events select lead_id, lead_id, 'demo_request', "
            "cast(cast(created_at as date) + 1 as varchar) || ' 12:00:00' "
            "from lead_scoring_raw.leads"
        )
    warehouse = Warehouse(Workplace(folder, str(folder / "work.duckdb")))
    warehouse.dbt("build", SCORED[:2], "--exclude-resource-type", "unit_test")
    return warehouse


def test_what_is_kept_holds_whatever_was_built_when(warehouse: Warehouse) -> None:
    """One warehouse all along, since each build takes its time."""
    assert warehouse.dates("stage_transitions", "transitioned_on") == SCORED[:2]

    # Without the list too the data tests hold, and of other dates.
    warehouse.dbt("build", SCORED[2:5], "--select", KEPT, "--exclude-resource-type", "unit_test")
    for mart in ("score_history", "stage_rules", "funnel_daily"):
        assert warehouse.dates(mart) == SCORED[:5]

    # What moved a lead on the first of many dates is known from the date before them.
    assert warehouse.rows(
        "select distinct criterion_1 is not null from lead_scoring__stage_transitions "
        f"where transitioned_on = '{SCORED[2]}' and from_stage is not null"
    ) == [(True,)]

    # Nothing is moved by a build without rows.
    moves = warehouse.moves()
    warehouse.dbt("run", SCORED[3:4], "--empty", days=1)
    assert warehouse.moves() == moves
    assert warehouse.dates("score_history") == SCORED[:5]

    # An interrupted build, of a new date and of one again, is made up for by the next.
    warehouse.dbt("run", SCORED[4:6], "--select", "+lead_scoring__score_history")
    assert warehouse.dates("funnel_daily") == SCORED[:4]
    warehouse.dbt("run", SCORED[6:7])
    assert warehouse.dates("funnel_daily") == SCORED[:7]
    assert warehouse.dates("stage_transitions", "transitioned_on") == SCORED[:7]

    # The transitions of dates that the history has forgotten stay.
    warehouse.dbt("run", SCORED[7:8], days=2)
    assert warehouse.dates("score_history") == SCORED[5:8]
    ways = [move[:7] for move in warehouse.moves()]
    warehouse.dbt("run", ["2024-05-01"])
    assert [move[:7] for move in warehouse.moves()] == ways

    # A date that the history would forget at once is refused before anything is built.
    code, said = warehouse.try_dbt("run", [SCORED[4]], days=2)
    assert code == 1
    assert f"The date {SCORED[4]} lies before {SCORED[5]}" in said
    assert SCORED[4] not in warehouse.dates("recent_contributions")

    # A date that is yet to come is nothing to count back from.
    today = datetime.now(timezone.utc).date()
    days = (today - date.fromisoformat(SCORED[5])).days + 1
    warehouse.dbt("run", ["2999-01-01"], days=days)
    assert warehouse.dates("score_history") == [*SCORED[5:8], "2999-01-01"]

    # A date on which no lead is there any more, scored again, loses all that was kept of it.
    early = "2024-05-25"
    warehouse.change("insert into lead_scoring_raw.leads values ('early', '2024-05-20')")
    warehouse.change(
        "insert into lead_scoring_raw.events "
        f"values ('early', 'early', 'demo_request', '{early} 12:00:00')"
    )
    kept = {
        "score_history": "as_of_date",
        "stage_transitions": "transitioned_on",
        "recent_contributions": "as_of_date",
        "funnel_daily": "as_of_date",
    }
    warehouse.dbt("run", [early])
    assert all(early in warehouse.dates(mart, column) for mart, column in kept.items())
    others = [move[:7] for move in warehouse.moves() if move[1] != "early"]
    warehouse.change("delete from lead_scoring_raw.leads where lead_id = 'early'")
    warehouse.dbt("run", [early])
    assert not any(early in warehouse.dates(mart, column) for mart, column in kept.items())
    assert [move[:7] for move in warehouse.moves()] == others
