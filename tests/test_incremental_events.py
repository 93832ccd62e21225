"""What is kept of events from build to build equals what a build of everything counts."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from command import PROJECT
from lead_scoring.configuration import write_canonical
from lead_scoring.configuration_checks import check_configuration
from test_dbt_project import PARTS

EVENT_DAYS = "int_lead_scoring__event_days"
DATED = "occurred_at is not null"
FIRST_LOAD = datetime(2026, 6, 10)
RAW = {
    "leads": "lead_id varchar",
    "events": (
        "event_id varchar, lead_id varchar, event_type varchar, occurred_at timestamp, "
        "loaded_at timestamp, page_url varchar, value double"
    ),
    "outcomes": "lead_id varchar, outcome varchar, occurred_at timestamp",
}
RULES = {
    "models": "model_id,is_champion\nm,true\n",
    "groups": "model_id,group_id,dimension,combine\nm,g,engagement,sum\n",
    "bands": "model_id,dimension,band,min_points\nm,fit,A,\nm,engagement,1,\n",
    "stages": "model_id,stage,stage_order,min_score\nm,lead,1,\n",
    "decay_policies": "decay_policy,method,half_life_days\nweek,exponential,7\n",
}
# Each set of rules has a filter that another has not; the first two differ in what needs no event.
CRITERIA = [
    ["views,event,view,,,,,,5,,week", "pages,event,view,,,page_url,contains,/pricing,3,2,"],
    ["views,event,view,,,,,,1,3,", "pages,event,view,,,page_url,contains,/pricing,8,,week"],
    ["views,event,view,,,,,,5,,week", "pages,monetary,*,gte,2,page_url,is_blank,,4,,"],
    [
        "latest,recency,view,lte,3,page_url,contains,/pricing,5,,",
        "clicks,frequency,click,gte,2,value,gte,2,3,,",
    ],
]
HEADER = (
    "model_id,group_id,criterion_id,signal,subject,operator,value,filter_property,"
    "filter_operator,filter_value,points,max_occurrences,decay_policy\n"
)
# Everything that is counted of events, and what is said of those that are not.
COMPARED = {
    EVENT_DAYS: "* replace (date_trunc('second', first_occurred_at) as first_occurred_at)",
    "int_lead_scoring__event_totals": "*",
    "int_lead_scoring__last_events": "*",
    "lead_scoring__rejected_records": "*",
    "lead_scoring__run_summary": "* exclude (run_id, started_at)",
}
SELECTED = [*(f"+{name}" for name in COMPARED), "+int_lead_scoring__event_state"]


@dataclass
class Place:
    """A database with its raw tables, and a copy of the project that builds in it."""

    folder: Path
    project: Path = PROJECT
    is_incremental: bool = True
    loads: int = 0
    counted_until: datetime | None = None
    database: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.database = self.folder / "work.duckdb"
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("create schema lead_scoring_raw")
            for name, columns in RAW.items():
                connection.execute(f"create table lead_scoring_raw.{name} ({columns})")

    def load(self, events: list[tuple[Any, ...]]) -> None:
        """Deliver events, which were loaded on one more day."""
        loaded_at = FIRST_LOAD + timedelta(days=self.loads)
        self.loads += 1
        for event_id, lead_id, event_type, day, page_url, value, has_load in events:
            self.write(
                "insert into lead_scoring_raw.events values (?, ?, ?, ?, ?, ?, ?)",
                f"e{event_id}",
                lead_id,
                event_type,
                None if day is None else datetime(2026, 6, 1 + day, event_id),
                loaded_at if has_load else None,
                page_url,
                value,
            )

    def write(self, statement: str, *values: object) -> None:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(statement, list(values))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set schema = 'lead_scoring'")
            return connection.execute(sql).fetchall()

    def build(self, rules: int, *selected: str, **variables: object) -> None:
        """Build what is compared, or else what is selected."""
        variables = {
            "lead_scoring__as_of": "2026-06-30",
            "lead_scoring__incremental_events": self.is_incremental,
            **{f"lead_scoring__{name}": value for name, value in variables.items()},
        }
        changes = {
            "LEAD_SCORING_DATABASE": str(self.database),
            "LEAD_SCORING_CONFIG_DIR": os.path.relpath(
                self.folder.parent / f"rules_{rules}", self.project
            ),
        }
        words = [
            "build",
            *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
            *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder)),
            *("--exclude-resource-types", "unit_test", "test"),
            *("--log-level", "none", "--no-print"),
            *("--vars", json.dumps(variables)),
            *("--select", *(selected or SELECTED)),
        ]
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
            for name, value in changes.items():
                patch.setenv(name, value)
            outcome = dbtRunner().invoke(words)
            DuckDBConnectionManager.close_all_connections()
        assert outcome.success, outcome.exception or outcome.result.results

    def note_last_load(self) -> None:
        """Note when the last event with a date was loaded, after a whole build."""
        sql = f"select max(loaded_at) from lead_scoring_raw.events where {DATED}"
        self.counted_until = self.rows(sql)[0][0]

    def new_dates(self) -> set[date]:
        """Return the dates of which events came since the last whole build."""
        return self.dates(
            "loaded_at is null or loaded_at >= "
            f"cast('{self.counted_until or datetime.min}' as timestamp)"
        )

    def dates_of_unknown_leads(self) -> set[date]:
        return self.dates("lead_id not in (select lead_id from lead_scoring_raw.leads)")

    def dates(self, condition: str) -> set[date]:
        rows = self.rows(
            "select distinct cast(occurred_at as date) from lead_scoring_raw.events "
            f"where {DATED} and ({condition})"
        )
        return {day for (day,) in rows}

    def change_lead(self, lead: str) -> None:
        """Take a lead away, or bring it back."""
        place = "lead_scoring_raw.leads"
        if self.rows(f"select * from {place} where lead_id = '{lead}'"):
            self.write(f"delete from {place} where lead_id = ?", lead)
        else:
            self.write(f"insert into {place} values (?)", lead)

    def compared(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            name: self.rows(f"select {columns} from {name} order by all")
            for name, columns in COMPARED.items()
        }

    def mark(self) -> None:
        """Mark what is counted, by a second's fraction that no event has."""
        self.write(
            "update lead_scoring.int_lead_scoring__event_days "
            "set first_occurred_at = first_occurred_at + interval 1 millisecond"
        )

    def unmarked_dates(self) -> set[Any]:
        """Return the dates that were counted since then."""
        return {
            day
            for (day,) in self.rows(
                "select distinct event_date from int_lead_scoring__event_days "
                "where filter_key = '' and millisecond(first_occurred_at) % 1000 = 0"
            )
        }


def everything(place: Place, rules: int) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a build of all events counts, in a database of its own."""
    full = Place(place.folder.with_name(f"{place.folder.name}_full"), is_incremental=False)
    with duckdb.connect(str(full.database)) as connection:
        connection.execute(f"attach '{place.database}' as other (read_only)")
        for name in RAW:
            connection.execute(
                f"insert into lead_scoring_raw.{name} from other.lead_scoring_raw.{name}"
            )
    full.build(rules, *SELECTED[:-1])
    return full.compared()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the rules as the project reads them."""
    folder = tmp_path_factory.mktemp("incremental")
    for number, criteria in enumerate(CRITERIA):
        written = folder / f"written_{number}"
        written.mkdir()
        files = RULES | {"criteria": HEADER + "".join(f"m,g,{line}\n" for line in criteria)}
        for name, text in files.items():
            (written / f"lead_scoring__{name}.csv").write_text(text, encoding="utf-8")
        checked = check_configuration(written)
        assert checked.configuration is not None, checked.problems
        write_canonical(checked.configuration, folder / f"rules_{number}")
    return folder


LEADS = ("a", "b", "c")
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from([*LEADS, "a", "nobody", None]),
        st.sampled_from(["view", "view", "click"]),
        st.sampled_from([0, 1, 2, 3, 4, 5, None]),
        st.sampled_from(["/pricing", "/home", None]),
        st.sampled_from([1.5, 3.0, None]),
        st.sampled_from([True, True, True, False]),
    ),
    min_size=1,
    max_size=12,
)
STEPS = st.one_of(
    st.tuples(st.just("load"), EVENTS),
    st.tuples(st.just("load"), EVENTS),
    st.tuples(st.just("rules"), st.integers(0, len(CRITERIA) - 1)),
    st.tuples(st.just("lead"), st.sampled_from([*LEADS, "nobody"])),
    st.tuples(st.just("cut short"), EVENTS),
)


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=3, max_size=5), first=EVENTS)
def test_after_any_steps_what_is_kept_equals_a_build_of_everything(
    workshop: Path, steps: list[tuple[str, Any]], first: list[tuple[Any, ...]]
) -> None:
    place = Place(workshop / f"place_{len(list(workshop.iterdir()))}")
    rules = 0
    for lead in LEADS:
        place.write("insert into lead_scoring_raw.leads values (?)", lead)
    place.load(first)
    place.build(rules)
    place.note_last_load()
    for kind, what in steps:
        if kind == "rules":
            rules = what
        elif kind == "lead":
            place.change_lead(what)
        else:
            place.load(what)
        if kind == "cut short":
            # Without the state at its end a build is one that was killed on its way.
            place.build(rules, "+int_lead_scoring__event_days")
            continue
        new, lost = place.new_dates(), place.dates_of_unknown_leads()
        place.mark()
        place.build(rules)
        place.note_last_load()
        counted = {day for (day,) in place.rows(f"select distinct event_date from {EVENT_DAYS}")}
        assert new & counted <= place.unmarked_dates() <= new | lost
    place.build(rules)
    assert place.compared() == everything(place, rules)


def test_without_a_look_at_when_events_were_loaded_late_ones_are_missed(
    workshop: Path, tmp_path: Path
) -> None:
    """So the test above would tell."""
    project = tmp_path / "project"
    for part in PARTS:
        source, target = PROJECT / part, project / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    model = project / "models/intermediate/int_lead_scoring__touched_event_dates.sql"
    text = model.read_text(encoding="utf-8")
    for right, wrong in (
        ("events.loaded_at >= cast(", "events.occurred_at >= cast("),
        ("or events.loaded_at is null", ""),
    ):
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    model.write_text(text, encoding="utf-8")
    right, wrong = Place(workshop / "right"), Place(workshop / "wrong", project)
    for place in (right, wrong):
        place.write("insert into lead_scoring_raw.leads values ('a')")
        place.load([(1, "a", "view", 5, "/home", None, True)])
        place.build(0)
        # On the eleventh, what happened on the second.
        place.load([(2, "a", "view", 1, "/pricing", None, True)])
        place.build(0)
    expected = everything(right, 0)
    assert right.compared() == expected
    assert wrong.compared() != expected


def test_a_load_that_is_yet_to_come_hides_no_other(workshop: Path) -> None:
    place = Place(workshop / "yet_to_come")
    place.write("insert into lead_scoring_raw.leads values ('a')")
    place.load([(1, "a", "view", 5, "/home", None, True)])
    place.write("update lead_scoring_raw.events set loaded_at = timestamp '2199-01-01'")
    place.build(0)
    place.load([(2, "a", "view", 1, "/pricing", None, True)])
    # What comes now is loaded now.
    place.write(
        "update lead_scoring_raw.events set loaded_at = now() at time zone 'UTC' "
        "where event_id = 'e2'"
    )
    place.build(0)
    assert place.compared() == everything(place, 0)


def test_of_a_lead_that_came_and_went_every_event_is_rejected(workshop: Path) -> None:
    """Those too that were counted between, while an earlier one was rejected from the first."""
    place = Place(workshop / "came_and_went")
    place.write("insert into lead_scoring_raw.leads values ('b')")
    place.load([(1, "a", "view", 1, "/home", None, True)])
    place.build(0)
    place.change_lead("a")
    place.load([(2, "a", "view", 2, "/home", None, True)])
    place.build(0)
    place.change_lead("a")
    place.build(0)
    assert place.compared() == everything(place, 0)


def test_a_build_that_keeps_nothing_leaves_nothing_to_go_on_from(workshop: Path) -> None:
    place = Place(workshop / "keeps_nothing")
    place.write("insert into lead_scoring_raw.leads values ('a')")
    place.load([(1, "a", "view", 1, "/home", None, True)])
    place.build(0)
    state = "select count(*) from duckdb_tables() where table_name like '%event_state'"
    assert place.rows(state) == [(1,)]
    place.is_incremental = False
    place.build(0, *SELECTED[:-1])
    assert place.rows(state) == [(0,)]


def test_where_all_events_are_to_be_counted_none_may_be_left_out(workshop: Path) -> None:
    """A full refresh of a source that shows some of them would forget the others."""
    place = Place(workshop / "left_out")
    place.write("insert into lead_scoring_raw.leads values ('a')")
    place.load([(1, "a", "view", 1, "/home", None, True)])
    with pytest.raises(AssertionError):
        place.build(0, event_rows_left_out=1)
    assert place.rows(f"select 1 from duckdb_tables() where table_name = '{EVENT_DAYS}'") == []
    place.build(0)
    assert place.rows(f"select count(*) from {EVENT_DAYS}") == [(1,)]


def test_without_loads_the_last_days_are_counted_again(workshop: Path) -> None:
    """As many as the variable says, three unless it says otherwise."""
    place = Place(workshop / "without_loads")
    place.write("alter table lead_scoring_raw.events drop column loaded_at")
    place.write("insert into lead_scoring_raw.leads values ('a')")
    insert = "insert into lead_scoring_raw.events values (?, 'a', 'view', ?, null, null)"
    place.write(insert, "last", datetime(2026, 6, 10, 12))
    place.build(0)
    place.write(insert, "within", datetime(2026, 6, 7))
    place.write(insert, "before", datetime(2026, 6, 6, 23))
    place.build(0)
    counted = [day for (day,) in place.rows(f"select event_date from {EVENT_DAYS} order by all")]
    assert counted == [date(2026, 6, 7), date(2026, 6, 10)]
    place.build(0, event_lookback_days=4)
    counted = [day for (day,) in place.rows(f"select event_date from {EVENT_DAYS} order by all")]
    assert counted == [date(2026, 6, 6), date(2026, 6, 7), date(2026, 6, 10)]
