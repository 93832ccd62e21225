"""A run goes on from what earlier ones counted of events where it may, and scores the same."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from command import DATABASE, PROJECT, query, score_leads

# Growing marts carry the run, and the rows of nights before.
OF_THE_DATE = ("ranked_leads", "contributions", "score_ledger", "rejected_records")
LEADS, EVENTS_A_DAY, DAYS = 60, 40, 12
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
        self, out: str = "out", changes: dict[str, str] | None = None, **options: object
    ) -> Path:
        """Run the command on what was delivered; return the folder of the publication."""
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        score_leads(
            "run",
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


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Some days, and a run on them."""
    nights = Nights(tmp_path)
    nights.write("leads", tmp_path / "leads.parquet", leads=LEADS)
    for day in range(DAYS):
        nights.load(day)
    nights.run()
    return nights


def test_a_night_counts_the_days_of_which_events_came(nights: Nights, tmp_path: Path) -> None:
    """Late and repeated ones too, and under other weights none but those of the last load."""
    assert nights.touched() == DAYS
    nights.load(DAYS)
    nights.run()
    touched = nights.touched()
    assert touched is not None and 1 < touched < DAYS
    assert nights.equals_a_count_of_everything()

    rules = tmp_path / "rules"
    score_leads("init", rules)
    criteria = rules / "lead_scoring__criteria.csv"
    text = criteria.read_text(encoding="utf-8")
    assert "/pricing" in text
    # Other points for everything, and a filter that was not there before.
    criteria.write_text(text.replace("/pricing", "/page/1"), encoding="utf-8")
    nights.run(config=rules)
    # The last event was loaded at that moment, and others might have been.
    assert nights.touched() == 1
    assert nights.equals_a_count_of_everything(config=rules)


@pytest.mark.parametrize("change", ["changed", "gone", "too late", "other columns"])
def test_everything_is_counted_where_files_are_not_those_that_were(
    nights: Nights, change: str
) -> None:
    path = nights.load(DAYS)
    nights.run()
    if change == "changed":
        nights.load(DAYS, "* replace (event_type || '' as event_type)")
        os.utime(path, (0, 0))
    elif change == "gone":
        path.unlink()
    elif change == "too late":
        nights.load(DAYS - 1, "* replace (loaded_at + interval 2 days as loaded_at)")
        nights.run()
        nights.load(DAYS + 1, "* replace (loaded_at - interval 1 day as loaded_at)")
    else:
        nights.load(DAYS + 1, "*, 'x' as device")
    nights.run()
    touched = nights.touched()
    assert touched is not None and touched >= DAYS
    assert nights.equals_a_count_of_everything()


def test_without_loads_or_with_few_events_all_of_them_are_counted(nights: Nights) -> None:
    nights.run(changes={})
    assert nights.touched() is None
    for path in (nights.folder / "events").iterdir():
        path.unlink()
    nights.load(0, "* exclude (loaded_at)")
    nights.run(**{"max-drop": 1})
    assert nights.touched() is None


def test_a_lead_that_comes_goes_and_comes_back_is_counted_as_it_is(nights: Nights) -> None:
    leads = nights.folder / "leads.parquet"
    others = nights.folder / "others.parquet"
    duckdb.read_parquet(str(leads)).filter("lead_id <> 'L00000000'").write_parquet(str(others))
    for content in (others.read_bytes(), leads.read_bytes()):
        leads.write_bytes(content)
        nights.run()
        assert nights.equals_a_count_of_everything()


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
