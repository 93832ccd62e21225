"""A run goes on from what earlier ones counted of events where it may, and scores the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from command import DATABASE, PROJECT, query, score_leads
from lead_scoring.configuration import Configuration
from lead_scoring.event_state import KEPT, NOTHING_KEPT, begin, finish
from lead_scoring.inputs import InputFiles, LandedInputs, land_inputs
from lead_scoring.project import COLUMN_ALIASES

# Growing marts carry the run, and the rows of nights before.
OF_THE_DATE = ("ranked_leads", "contributions", "score_ledger", "rejected_records")
LEADS, EVENTS_A_DAY, DAYS = 60, 40, 12
RULES = Configuration({"lead_scoring__criteria": []})
ALWAYS = {"LEAD_SCORING_INCREMENTAL_FROM": "1"}


@dataclass
class Nights:
    """Files of events, one for each load, and an output folder."""

    folder: Path

    @property
    def events(self) -> str:
        return str(self.folder / "events" / "*.parquet")

    def load(self, day: int, columns: str = "*") -> Path:
        """Deliver what came on a day, late and repeated events among it."""
        path = self.folder / "events" / f"day_{day:04}.parquet"
        path.parent.mkdir(exist_ok=True)
        self.write("events", path, columns, leads=LEADS, events_a_day=EVENTS_A_DAY, day=day)
        return path

    def write(self, name: str, path: Path, columns: str = "*", **values: int) -> None:
        """Write data of the benchmark, which has all that events may have."""
        sql = (PROJECT / "benchmarks" / f"{name}.sql").read_text(encoding="utf-8")
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"create table made as {sql}", values)
            connection.execute(f"copy (select {columns} from made) to '{path}' (format parquet)")

    def run(
        self,
        out: str = "out",
        changes: dict[str, str] | None = None,
        command: str = "run",
        **options: object,
    ) -> Path:
        """Run the command on what was delivered; return the folder of the publication."""
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        score_leads(
            command,
            *("--leads", self.folder / "leads.parquet", "--events", self.events),
            *("--as-of", "2024-07-20", "--out", self.folder / out, "--format", "csv"),
            *words,
            changes=ALWAYS if changes is None else changes,
        )
        return self.folder / out

    def touched(self) -> int | None:
        """Return how many days the last run counted; None where it kept no count."""
        work = self.folder / "out" / ".work" / "warehouse.duckdb"
        tables = query(work, "select table_name from duckdb_tables()")
        if ("int_lead_scoring__touched_event_dates",) not in tables:
            return None
        sql = "select count(*) from lead_scoring.int_lead_scoring__touched_event_dates"
        return int(query(work, sql)[0][0])

    def events_to_read(self) -> int:
        """Return how many events the last run had to read."""
        work = self.folder / "out" / ".work" / "warehouse.duckdb"
        return int(query(work, "select count(*) from lead_scoring_raw.events_to_read")[0][0])

    def all_events(self) -> int:
        """Return how many events there are."""
        work = self.folder / "out" / ".work" / "warehouse.duckdb"
        return int(query(work, "select count(*) from lead_scoring_raw.events")[0][0])

    def equals_a_count_of_everything(self, **options: object) -> bool:
        """Whether the marts are those of a run into another folder, which counts all events."""
        shutil.rmtree(self.folder / "other", ignore_errors=True)
        other = self.run("other", {}, **options)
        ours = self.folder / "out"
        return all(
            query(ours / DATABASE, f"from lead_scoring__{mart} order by all")
            == query(other / DATABASE, f"from lead_scoring__{mart} order by all")
            for mart in OF_THE_DATE
        )


@dataclass
class Work:
    """A work database, and what a build would leave in it."""

    days: Nights
    connection: duckdb.DuckDBPyConnection

    def land(self, events: str | None = None, erased: Sequence[str] = ()) -> LandedInputs:
        files = InputFiles(str(self.days.folder / "leads.parquet"), events or self.days.events)
        return land_inputs(self.connection, files, {}, COLUMN_ALIASES, erased)

    def count(self, landed: LandedInputs) -> None:
        """Do what a run does with its state, and leave the tables of a build."""
        begin(self.connection, "lead_scoring", landed.event_state)
        self.connection.execute("create schema if not exists lead_scoring")
        for name in ("event_days", "set_aside_events"):
            self.connection.execute(
                f"create or replace table lead_scoring.int_lead_scoring__{name} as "
                "select 'counted before' as event_type"
            )
        loaded_until = self.connection.execute(
            "select cast(max(loaded_at) as varchar) from lead_scoring_raw.events"
        ).fetchall()[0][0]
        self.count_until(loaded_until)
        finish(self.connection, landed.event_state, RULES)

    def count_until(self, moment: str) -> None:
        self.connection.execute(
            "create or replace table lead_scoring.int_lead_scoring__event_state as "
            f"select '' as filter_key, timestamp '{moment}' as loaded_until"
        )

    def tables(self) -> list[str]:
        rows = self.connection.execute(
            "select table_name from information_schema.tables "
            "where table_schema = 'lead_scoring' order by table_name"
        ).fetchall()
        return [name for (name,) in rows]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Two days that were delivered."""
    for name, value in ALWAYS.items():
        monkeypatch.setenv(name, value)
    days = Nights(tmp_path)
    days.write("leads", tmp_path / "leads.parquet", leads=LEADS)
    for day in range(2):
        days.load(day)
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        yield Work(days, connection)


@pytest.fixture
def delivered(tmp_path: Path) -> Nights:
    """Some days, of which nothing was scored yet."""
    nights = Nights(tmp_path)
    nights.write("leads", tmp_path / "leads.parquet", leads=LEADS)
    for day in range(DAYS):
        nights.load(day)
    return nights


@pytest.fixture
def nights(delivered: Nights) -> Nights:
    """Some days, and a run on them."""
    delivered.run()
    return delivered


def test_a_night_counts_the_days_of_which_events_came(nights: Nights, tmp_path: Path) -> None:
    """Late and repeated ones too; under other weights none."""
    assert nights.touched() == DAYS
    nights.load(DAYS)
    nights.run()
    touched = nights.touched()
    assert touched is not None and 1 < touched < DAYS
    assert nights.equals_a_count_of_everything()

    rules = tmp_path / "rules"
    score_leads("init", rules)
    models = rules / "lead_scoring__models.csv"
    text = models.read_text(encoding="utf-8")
    assert ",0.4,0.6," in text
    models.write_text(text.replace(",0.4,0.6,", ",0.5,0.5,"), encoding="utf-8")
    nights.run(config=rules)
    assert nights.touched() == 0
    assert nights.events_to_read() == 0
    assert nights.equals_a_count_of_everything(config=rules)

    # Only the first run, which found nothing read before, had dbt read the whole project.
    nights.run(**{"as-of": "2024-07-21"})
    log = tmp_path / "out" / ".work" / "logs" / "dbt.log"
    assert log.read_text(encoding="utf-8").count("Unable to do partial parsing") == 1


def test_a_filter_that_is_new_and_a_lead_that_is_gone_have_all_files_read(
    nights: Nights, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    score_leads("init", rules)
    criteria = rules / "lead_scoring__criteria.csv"
    text = criteria.read_text(encoding="utf-8")
    assert "/pricing" in text
    criteria.write_text(text.replace("/pricing", "/page/1"), encoding="utf-8")
    nights.run(config=rules)
    assert nights.events_to_read() == nights.all_events()
    # The last event was loaded at that moment, and others might have been.
    assert nights.touched() == 1
    assert nights.equals_a_count_of_everything(config=rules)

    nights.write("leads", tmp_path / "leads.parquet", leads=LEADS - 5)
    nights.run(config=rules)
    assert nights.events_to_read() == nights.all_events()
    assert nights.equals_a_count_of_everything(config=rules)


def test_a_back_fill_counts_events_once(delivered: Nights) -> None:
    """The scoring date goes on from what was counted for the dates before it."""
    filling = {"command": "backfill", "from": "2024-07-17", "to": "2024-07-18"}
    delivered.run(**filling)
    # Of the last load others might have come.
    assert delivered.touched() == 1
    assert delivered.equals_a_count_of_everything(**filling)


def test_a_night_goes_on_from_what_was_counted(work: Work) -> None:
    """And knows the event types of the files that it does not read again."""
    first = work.land()
    assert first.event_state.is_kept and not first.event_state.is_continued
    work.count(first)
    work.days.load(2)
    landed = work.land()
    assert landed.event_state.is_continued
    assert [file.path.name for part in landed.event_state.new_parts for file in part.files] == [
        "day_0002.parquet"
    ]
    assert "counted before" in landed.event_types
    assert "page_view" in landed.event_types
    work.count(landed)
    again = work.land()
    assert again.event_state.is_continued
    assert again.event_state.new_parts == ()


@pytest.mark.parametrize(
    "change",
    [
        "changed",
        "gone",
        "too late",
        "other columns",
        "other type",
        "no state",
        "a kill",
        "a failure",
    ],
)
def test_everything_is_counted_where_files_are_not_those_that_were(work: Work, change: str) -> None:
    work.count(work.land())
    path = work.days.load(2)
    if change == "changed":
        os.utime(work.days.load(1), (0, 0))
    elif change == "gone":
        work.days.folder.joinpath("events", "day_0000.parquet").unlink()
    elif change == "too late":
        work.days.load(2, "* replace (loaded_at - interval 2 days as loaded_at)")
    elif change == "other columns":
        work.days.load(2, "*, 'x' as device")
    elif change == "other type":
        work.days.load(2, "* replace (cast(lead_id as blob) as channel)")
    elif change == "no state":
        work.connection.execute("drop table lead_scoring.int_lead_scoring__event_state")
    elif change == "a failure":
        begin(work.connection, "lead_scoring", work.land().event_state)
    else:
        # The files of a run that was cut short are not noted, and its state may be further on.
        work.count_until("2024-07-05")
    assert path.exists()
    state = work.land().event_state
    assert state.is_kept and not state.is_continued
    begin(work.connection, "lead_scoring", state)
    assert work.tables() == []


def test_what_is_continued_alone_stays(work: Work) -> None:
    landed = work.land()
    work.count(landed)
    work.connection.execute("create table lead_scoring.other as select 1 as one")
    work.connection.execute("create view lead_scoring.seen as from lead_scoring.other")
    begin(work.connection, "lead_scoring", work.land().event_state)
    assert work.tables() == sorted(KEPT)


@pytest.mark.parametrize("change", ["few events", "no loaded_at", "loaded_at as text", "csv"])
def test_nothing_is_kept_where_it_would_not_pay_or_could_not_be_told(
    work: Work, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = work.days.events
    if change == "few events":
        monkeypatch.delenv("LEAD_SCORING_INCREMENTAL_FROM")
    elif change == "no loaded_at":
        work.days.load(1, "* exclude (loaded_at)")
    elif change == "loaded_at as text":
        work.days.load(1, "* replace (cast(loaded_at as varchar) as loaded_at)")
    else:
        events = str(work.days.folder / "events.csv")
        duckdb.read_parquet(work.days.events).write_csv(events)
    assert work.land(events).event_state == NOTHING_KEPT


def test_where_leads_are_erased_nothing_is_kept(work: Work) -> None:
    assert work.land(erased=("L00000001",)).event_state == NOTHING_KEPT


def test_a_run_that_fails_after_its_count_is_made_up_for(nights: Nights) -> None:
    """Its volume is refused when all is counted; the next run is of the same files."""
    nights.load(DAYS)
    leads = nights.folder / "leads.parquet"
    all_leads = leads.read_bytes()
    few = nights.folder / "few.parquet"
    duckdb.read_parquet(str(leads)).limit(3).write_parquet(str(few))
    shutil.copy(few, leads)
    score_leads(
        "run",
        *("--leads", leads, "--events", nights.events, "--as-of", "2024-07-20"),
        *("--out", nights.folder / "out"),
        changes=ALWAYS,
        code=1,
    )
    leads.write_bytes(all_leads)
    nights.run()
    assert nights.equals_a_count_of_everything()
