"""Attributes of the past: what a history of leads makes of each date, and what it leaves alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import duckdb
import pytest

from cases import pack
from command import DATABASE, query, read_csv, score_leads, write_csv
from oracle_inputs import LEAD_COLUMNS, CaseFiles
from oracle_text import instant
from random_cases import AS_OF, JOB_TITLES
from test_dbt_project import INPUTS, Workplace
from test_history import (
    COLUMNS,
    Rows,
    backfill,
    by_the_oracle,
    history,
    inputs,
    of_date,
    received_by,
    write_late_events,
)

NIGHTS = [date(2026, 6, day) for day in (8, 15, 30)]
CHANGING = ("email", "job_title", "country", "company_size", "is_unsubscribed", "plan_tier")
ATTRIBUTES = [name for name in LEAD_COLUMNS[2:] if name != "updated_at"]


def copied(source: Path, target: Path) -> Path:
    for path in source.rglob("*.csv"):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return target


class Nights(NamedTuple):
    """The files of each night, leads that changed since the last one and the events so far.

    `later` has all events, the leads of the last night, and the history that was written down night
    by night.
    """

    cases: dict[date, Path]
    later: Path


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Write the files of each night, and those to fill the same dates from."""
    draw = Random(11)
    folder = tmp_path_factory.mktemp("nights")
    late_events = write_late_events(folder / "late")
    rows = {row["lead_id"].strip(): row for row in read_csv(late_events / "leads.csv")}
    leads = [row for lead_id, row in rows.items() if lead_id.startswith("L")]
    versions: list[dict[str, str]] = []
    found = {}
    for night in NIGHTS:
        for row in leads:
            for name in CHANGING:
                if name in row and draw.random() < 0.4:
                    row[name] = draw.choice(leads)[name]
            was = {name: cell for name, cell in row.items() if name != "created_at"}
            versions.append(was | {"valid_from": f"{night} 03:00:00", "valid_to": ""})
        found[night] = received_by(late_events, night, folder / night.isoformat())
        write_csv(found[night] / "leads.csv", leads)
    draw.shuffle(versions)
    later = copied(found[NIGHTS[-1]], folder / "later")
    (later / "events.csv").write_bytes((late_events / "events.csv").read_bytes())
    write_csv(later / "lead_history.csv", versions)
    return Nights(found, later)


def test_nights_of_changing_leads_and_an_as_known_back_fill_are_equal(
    nights: Nights, tmp_path: Path
) -> None:
    filled, nightly = tmp_path / "filled", tmp_path / "nightly"
    backfill(nights.later, filled, "--basis", "as_known")
    for night, case in nights.cases.items():
        score_leads(
            "run", *inputs(case), "--as-of", night, "--basis", "as_known", "--out", nightly,
            "--format", "csv", "--max-drop", "1",
        )  # fmt: skip
    rows = history(filled)
    assert sorted(row for night in NIGHTS for row in of_date(rows, night)) == history(nightly)


def test_a_restated_back_fill_has_the_leads_of_each_night(nights: Nights, tmp_path: Path) -> None:
    backfill(nights.later, tmp_path / "out")
    rows = history(tmp_path / "out")
    for night, case in nights.cases.items():
        files = CaseFiles(
            case / "leads.csv", case / "config", nights.later / "events.csv", case / "outcomes.csv"
        )
        assert of_date(rows, night) == by_the_oracle(files, night), night
        # The leads did change, or else this test would show nothing.
        if night != NIGHTS[-1]:
            today = replace(files, leads=nights.later / "leads.csv")
            assert of_date(rows, night) != by_the_oracle(today, night)
    # Before the first version leads are as they are now, which the rows say.
    said = query(
        tmp_path / "out" / DATABASE,
        "select distinct as_of_date < '2026-06-08', attributes_date <= as_of_date "
        "from lead_scoring__score_history order by 1",
    )
    assert said == [(False, True), (True, False)]


def test_what_a_lead_becomes_later_changes_no_earlier_score(tmp_path: Path) -> None:
    """Random versions, of which those after a date are mixed up, and more are added to them."""
    day, later = AS_OF - timedelta(days=30), AS_OF - timedelta(days=29)
    case = tmp_path / "case"
    pack(case, (61,), leads=120, events=300, versions=500)
    before, after = [], []
    for row in read_csv(case / "lead_history.csv"):
        valid_from = instant(row["valid_from"])
        is_later = valid_from is not None and valid_from.date() > day
        (after if is_later else before).append(row)
    assert len(after) > 50
    draw = Random(61)
    changed = []
    for row in after + [dict(row) for row in before]:
        attributes = draw.choice(after)
        changed.append(
            row
            | {name: attributes[name] for name in ATTRIBUTES if name in row}
            | {"valid_from": f"{later + timedelta(days=draw.randrange(20))} 00:00:00"}
        )
    other = copied(case, tmp_path / "other")
    write_csv(other / "lead_history.csv", before + changed)
    found: list[Rows] = []
    for folder in (case, other):
        out = folder / "out"
        score_leads(
            "backfill", *inputs(folder), "--from", day, "--to", day, "--as-of", AS_OF,
            "--out", out, "--format", "csv",
        )  # fmt: skip
        found.append(history(out, (*COLUMNS, "attributes_date")))
    first, second = found
    assert of_date(first, day) == of_date(second, day)
    assert of_date(first, AS_OF) != of_date(second, AS_OF)


def test_a_snapshot_by_dbt_is_a_history_as_it_is(tmp_path: Path) -> None:
    leads = [
        {"Lead ID": name, "Job Title": title, "created_at": "2026-01-01", "tier": "gold"}
        for name, title in (("a", JOB_TITLES[0]), ("b", "CEO"))
    ]
    versions = [
        ("a", "Student", "2026-01-01 08:00:00", "2026-03-01 08:00:00"),
        ("a", JOB_TITLES[0], "2026-03-01 08:00:00", ""),
        ("b", "Student", "2026-02-01 08:00:00", "2026-02-10 08:00:00"),
        ("b", "Student", "2026-02-01 08:00:00", "2026-02-09 08:00:00"),
        ("nobody", "Student", "2026-01-01 08:00:00", ""),
        ("b", "Student", "soon", ""),
        ("b", "Student", "2026-02-01", "soon"),
        ("", "Student", "2026-02-01", ""),
    ]
    names = ("Lead ID", "Job Title", "dbt_valid_from", "dbt_valid_to")
    rows = [
        dict(zip(names, row, strict=True)) | {"dbt_scd_id": "1", "hue": "x"} for row in versions
    ]
    ended = score_leads(
        "backfill", "--leads", write_csv(tmp_path / "leads.csv", leads),
        "--lead-history", write_csv(tmp_path / "history.csv", rows),
        "--from", "2026-02-05", "--to", "2026-02-12", "--every", "week", "--as-of", "2026-03-01",
        "--out", tmp_path / "out", "--format", "csv",
    )  # fmt: skip
    assert "hue: leads have no such column" in ended.said
    assert "dbt_scd_id: leads" not in ended.said
    database = tmp_path / "out" / DATABASE
    scored = query(
        database,
        "select lead_id, cast(as_of_date as varchar), fit_points > 0, "
        "case when attributes_date <= as_of_date then cast(attributes_date as varchar) end "
        "from lead_scoring__score_history where model_id = 'b2b_saas' order by all",
    )
    assert scored == [
        ("a", "2026-02-05", False, "2026-01-01"),
        ("a", "2026-02-12", False, "2026-01-01"),
        ("a", "2026-03-01", True, "2026-03-01"),
        ("b", "2026-02-05", False, "2026-02-01"),
        ("b", "2026-02-12", True, None),
        ("b", "2026-03-01", True, None),
    ]
    assert query(
        database,
        "select rows_read, rows_accepted, missing_lead_id, invalid_valid_from, invalid_valid_to, "
        "unknown_lead, duplicate_version from lead_scoring__run_summary "
        "where relation = 'lead_history'",
    ) == [(8, 3, 1, 1, 1, 1, 1)]
    assert query(
        database,
        "select json_extract_string(raw_record, 'valid_to') from lead_scoring__rejected_records "
        "where reason = 'duplicate_version'",
    ) == [("2026-02-09 08:00:00",)]


def test_a_history_in_the_warehouse_may_be_missing_unless_a_var_names_it(tmp_path: Path) -> None:
    database = tmp_path / "work.duckdb"
    with duckdb.connect(database) as connection:
        connection.execute("create schema lead_scoring_raw")
        for name, columns in INPUTS.items():
            connection.execute(f"create table lead_scoring_raw.{name} ({columns})")
        connection.execute(
            "create table lead_scoring_raw.snapshot_of_leads as select 'a' as lead_id, 'CEO' as "
            "job_title, timestamp '2026-01-01' as dbt_valid_from, null::timestamp as dbt_valid_to"
        )
    workplace = Workplace(tmp_path, str(database))

    def staged(variables: dict[str, str]) -> tuple[int, str]:
        named = {f"lead_scoring__{name}": value for name, value in variables.items()}
        ended = workplace.dbt(
            "run", "--select", "stg_lead_scoring__lead_history", "--vars", json.dumps(named)
        )
        return ended.returncode, " ".join(ended.stdout.split())

    code, said = staged({})
    assert code == 0, said
    code, said = staged({"lead_history_identifier": "leads_over_time"})
    assert code == 1
    assert "which the variable lead_scoring__lead_history_identifier names" in said
    code, said = staged({"lead_history_identifier": "snapshot_of_leads"})
    assert code == 0, said
    assert query(
        database,
        "select lead_id, job_title, cast(valid_from as varchar), rejection_reason "
        "from lead_scoring.stg_lead_scoring__lead_history",
    ) == [("a", "CEO", "2026-01-01 00:00:00", None)]
