"""Whole runs of the command against worked cases, against the oracle, and against each other."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from cases import differences, golden_differences, pack
from command import (
    DATABASE,
    GOLDEN,
    MARTS,
    PROJECT,
    Ended,
    case_arguments,
    environment,
    marts,
    query,
    read_csv,
    score_leads,
    write_csv,
)
from comparison import ledger_problems
from conftest import Published
from oracle_inputs import CaseFiles
from random_cases import AS_OF

RELATIONS = ("leads", "events", "outcomes")
# What a Parquet file of another system would hold in place of text.
LEAD_TYPES = {
    "created_at": "timestamp",
    "updated_at": "timestamptz",
    "company_size": "double",
    "annual_revenue": "decimal(18, 4)",
    "is_customer": "boolean",
    "is_unsubscribed": "boolean",
    "nps": "integer",
}
EVENT_TYPES = {"occurred_at": "timestamptz", "loaded_at": "timestamp_ns", "depth": "bigint"}
OUTCOME_TYPES = {"occurred_at": "date", "revenue": "float"}


# The golden cases


@pytest.fixture(scope="session", params=[1, 2, 3, 4])
def golden(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A golden case's folder, and the folder that it was published in."""
    case = GOLDEN / f"case_{request.param}"
    if request.param == 4:
        return case, request.getfixturevalue("dirty_case").out
    out = tmp_path_factory.mktemp(case.name) / "out"
    score_leads("run", *case_arguments(case), "--out", out)
    return case, out


def test_a_golden_case_comes_out_in_every_column_and_digit(golden: tuple[Path, Path]) -> None:
    case, out = golden
    assert golden_differences(case, out) == []
    columns = [name for (name, *_) in query(out / DATABASE, "describe lead_scoring__ranked_leads")]
    expected = list(read_csv(case / "expected_ranked_leads.csv")[0])
    # Behind them stands how the lead moved, which a golden case of one date says nothing of.
    assert columns[: len(expected)] == expected


def test_a_golden_case_agrees_with_the_oracle_and_its_ledger_adds_up(
    golden: tuple[Path, Path],
) -> None:
    case, out = golden
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []


def test_the_ranked_list_is_the_champions_part_of_the_mart(golden: tuple[Path, Path]) -> None:
    case, out = golden
    champion = json.loads((out / "manifest.json").read_text("utf-8"))["champion"]
    expected = [
        row for row in read_csv(case / "expected_ranked_leads.csv") if row["model_id"] == champion
    ]
    expected.sort(key=lambda row: (int(row["score_rank"] or sys.maxsize), row["lead_id"]))
    listed = read_csv(out / "ranked_leads.csv")
    assert next(iter(listed[0])) == "score_rank"
    assert [{name: row[name] for name in expected[0]} for row in listed] == expected


# Random cases, several configurations side by side in one run


def split(path: Path, parts: int, without: str) -> str:
    """Part a file into several with other columns and orders of columns; return their glob.

    The cells of the column `without` are blanked in the whole file for the rows of the last part,
    where that column is missing.
    """
    rows = read_csv(path)
    draw = Random(len(rows))
    folder = path.with_suffix("")
    size = -(-len(rows) // parts)
    for number in range(parts):
        part = rows[number * size : (number + 1) * size]
        columns = list(rows[0])
        draw.shuffle(columns)
        if number == parts - 1:
            columns.remove(without)
            for row in part:
                row[without] = ""
        write_csv(
            folder / f"{path.stem} {number}.csv",
            [{name: row[name] for name in columns} for row in part],
        )
    write_csv(path, rows)
    return str(folder / f"{path.stem} *.csv")


def write_parquet(path: Path, types: Mapping[str, str], parts: int = 1) -> str:
    """Write a CSV file again as Parquet with typed columns; return its path, or its glob.

    The CSV is replaced by the text of what the Parquet holds. Where there are several parts, the
    last one has text only.
    """
    pattern = path.with_name(f"{path.stem} %d.parquet")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = read_csv(path)
        names = list(rows[0])
        texts_file = path.with_suffix(".json")
        texts_file.write_text(json.dumps(rows), encoding="utf-8")
        columns = ", ".join(f"{name}: 'varchar'" for name in names)
        connection.execute(
            f"create table texts as select nullif(columns(*), '') "
            f"from read_json('{texts_file}', columns = {{{columns}}})"
        )
        typed = ", ".join(
            f"try_cast({name} as {types[name]}) as {name}" if name in types else name
            for name in names
        )
        texts = ", ".join(f"cast({name} as varchar) as {name}" for name in names)
        connection.execute(f"create table typed as select {typed}, rowid as place from texts")
        for part in range(parts):
            chosen = texts if part == parts - 1 > 0 else ", ".join(names)
            connection.execute(
                f"copy (select {chosen} from typed where place % {parts} = {part} order by place) "
                f"to '{pattern.as_posix() % part}' (format parquet)"
            )
        found = connection.execute(f"select {texts} from typed order by place").fetchall()
    write_csv(path, [dict(zip(names, (cell or "" for cell in row), strict=True)) for row in found])
    return str(pattern).replace("%d", "*")


def test_random_cases_from_several_csv_files_each(tmp_path: Path) -> None:
    case, out = tmp_path / "case", tmp_path / "out"
    pack(case, (21, 22, 23, 24, 25), leads=120, events=1500, versions=400)
    options = ["--leads", split(case / "leads.csv", 3, without="job_title")]
    options += ["--events", split(case / "events.csv", 2, without="page_url")]
    options += ["--outcomes", case / "outcomes.csv"]
    options += ["--lead-history", split(case / "lead_history.csv", 2, without="country")]
    ended = score_leads(
        "run", *options, "--config", case / "config", "--as-of", AS_OF, "--out", out, "--json"
    )
    assert (
        len(query(out / DATABASE, "select distinct model_id from lead_scoring__ranked_leads")) > 5
    )
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []
    assert_said_as_published(ended, out)


def test_random_cases_from_parquet_with_typed_columns(tmp_path: Path) -> None:
    case, out = tmp_path / "case", tmp_path / "out"
    pack(case, (33, 36, 31, 32), leads=90, events=1200)
    leads = write_parquet(case / "leads.csv", LEAD_TYPES)
    events = write_parquet(case / "events.csv", EVENT_TYPES, parts=2)
    outcomes = write_parquet(case / "outcomes.csv", OUTCOME_TYPES)
    options = ["--leads", leads, "--events", events, "--outcomes", outcomes]
    as_of = AS_OF - timedelta(days=20)
    score_leads("run", *options, "--config", case / "config", "--as-of", as_of, "--out", out)
    accepted = query(out / DATABASE, "select rows_accepted from lead_scoring__run_summary")
    assert all(rows > 10 for (rows,) in accepted)
    assert differences(CaseFiles.in_folder(case), as_of, out) == []


def test_random_cases_of_leads_alone(tmp_path: Path) -> None:
    case, out = tmp_path / "case", tmp_path / "out"
    pack(case, (41, 42, 43), leads=80, events=20)
    for relation in ("events", "outcomes"):
        (case / f"{relation}.csv").unlink()
    packed = case / "leads.csv.gz"
    packed.write_bytes(gzip.compress((case / "leads.csv").read_bytes()))
    options = ["--leads", packed, "--config", case / "config", "--as-of", AS_OF]
    score_leads("run", *options, "--out", out)
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []


def assert_said_as_published(ended: Ended, out: Path) -> None:
    """Hold the JSON report against the marts."""
    report = ended.report
    champion = query(
        out / DATABASE,
        "select lead_id, cast(score as varchar), stage from lead_scoring__ranked_leads "
        "where model_id = ? and score_rank <= 10 order by score_rank",
        report["model"],
    )
    told = [(row["lead_id"], row["score"], row["stage"]) for row in report["top"]]
    assert told == champion
    records = query(
        out / DATABASE,
        "select relation, rows_read, rows_accepted, rows_rejected, unknown_lead "
        "from lead_scoring__run_summary order by relation",
    )
    names = ("relation", "rows_read", "rows_accepted", "rows_rejected", "unknown_lead")
    told = [tuple(row[name] for name in names) for row in report["records"]]
    assert sorted(told) == records
    relations = [relation for relation, *_ in told]
    assert relations == [*RELATIONS, "lead_history"][: len(relations)]
    stages = query(
        out / DATABASE,
        "select stage, count(*) from lead_scoring__ranked_leads where model_id = ? group by stage",
        report["model"],
    )
    assert {row["stage"]: row["leads"] for row in report["stages"]} == dict(stages)


# The same inputs and date give the same bytes


def lists(out: Path) -> tuple[bytes, bytes]:
    return (out / "ranked_leads.csv").read_bytes(), (out / "ranked_leads.json").read_bytes()


@pytest.mark.parametrize("threads", [1, 4])
def test_neither_threads_nor_the_order_of_rows_changes_a_byte(
    demo: Published, tmp_path: Path, threads: int
) -> None:
    shuffled: dict[str, Path] = {}
    for relation in RELATIONS:
        rows = read_csv(demo.out / ".work" / "demo" / f"{relation}.csv")
        Random(threads).shuffle(rows)
        shuffled[relation] = write_csv(tmp_path / f"{relation}.csv", rows)
    options: list[object] = ["--as-of", "2026-06-30", "--format", "csv,json"]
    for relation, path in shuffled.items():
        options += [f"--{relation}", path]
    out = tmp_path / "out"
    score_leads("run", *options, "--out", out, changes={"LEAD_SCORING_THREADS": str(threads)})
    assert lists(out) == lists(demo.out)
    assert marts(out / DATABASE) == marts(demo.out / DATABASE)


def test_a_second_run_gives_the_same_bytes_and_keeps_the_first(
    dirty_case: Published,
) -> None:
    before, first = lists(dirty_case.out), marts(dirty_case.out / DATABASE)
    folder = (dirty_case.out / ".current").resolve()
    options = case_arguments(GOLDEN / "case_4")
    score_leads("run", *options, "--out", dirty_case.out, "--format", "csv,json")
    assert (dirty_case.out / ".current").resolve() != folder
    assert folder.is_dir()
    assert lists(dirty_case.out) == before
    assert marts(dirty_case.out / DATABASE) == first


# The demo data


def test_the_demo_is_scored_by_a_champion_and_a_challenger(demo: Published) -> None:
    database = demo.out / DATABASE
    models = query(
        database,
        "select model_id, count(*), count(score_rank) from lead_scoring__ranked_leads group by 1",
    )
    assert len(models) == 2
    assert {rows for _, rows, _ in models} == {2000 - waiting_leads(demo)}
    assert all(ranked > 1000 for _, _, ranked in models)
    # Nobody has promoted a model yet.
    for mart in set(MARTS) - {"champion_changes"}:
        assert query(database, f"select count(*) from lead_scoring__{mart}")[0][0] > 0, mart
    assert ledger_problems(database, PROJECT / "seeds" / "scoring") == []


def waiting_leads(demo: Published) -> int:
    """Return how many accepted leads of the demo are created after its date."""
    [(waiting,)] = query(
        demo.out / ".work" / "warehouse.duckdb",
        "select count(*) from warehouse.lead_scoring.int_lead_scoring__leads "
        "where created_at >= timestamp '2026-07-01'",
    )
    return int(waiting)


def test_every_column_of_the_demos_list_is_used(demo: Published) -> None:
    rows = read_csv(demo.out / "ranked_leads.csv")
    # A first run has no past.
    of_the_past = ["previous_stage", "previous_score", "trend"]
    of_the_past += [f"score_change_{days}" for days in ("1_day", "7_days", "30_days")]
    # No conversion model comes with the rules.
    of_the_past += ["conversion_probability", "expected_value"]
    unused = [name for name in rows[0] if not any(row[name] for row in rows)]
    assert sorted(unused) == sorted(of_the_past)
    assert json.loads((demo.out / "ranked_leads.json").read_text("utf-8"))[0]["score_rank"] == 1
    stages = {row["stage"] for row in rows}
    assert stages == {"prospect", "lead", "mql", "eql", "sql", "customer", "disqualified"}


def test_scores_go_with_outcomes_without_being_perfect(demo: Published) -> None:
    """The chance that a lead that bought scores above one that was lost."""
    won_and_lost = query(
        demo.out / DATABASE,
        f"""
        with outcomes as (
            select lead_id, bool_or(lower(trim(outcome)) = 'won') as is_won
            from read_csv('{demo.out / ".work/demo/outcomes.csv"}', all_varchar = true)
            where lower(trim(outcome)) in ('won', 'lost') group by lead_id
        ),
        scored as (
            select model_id, score, is_won
            from lead_scoring__ranked_leads inner join outcomes using (lead_id)
        )
        select
            won.model_id,
            avg((sign(won.score - lost.score) + 1) / 2)
        from scored as won inner join scored as lost using (model_id)
        where won.is_won and not lost.is_won
        group by won.model_id
        """,
    )
    assert len(won_and_lost) == 2
    assert all(0.55 < share < 0.95 for _, share in won_and_lost), won_and_lost


def test_the_manifest_of_the_demo_is_right(demo: Published) -> None:
    manifest = json.loads((demo.out / "manifest.json").read_text("utf-8"))
    [(run_id, as_of)] = query(
        demo.out / DATABASE, "select distinct run_id, as_of_date from lead_scoring__run_summary"
    )
    assert (manifest["run_id"], manifest["as_of_date"]) == (run_id, as_of.isoformat())
    assert (demo.out / ".current").readlink().name == run_id
    assert manifest["inputs"]["kind"] == "demo"
    assert manifest["inputs"]["relations"]["leads"]["rows_accepted"] == 2000
    assert {"duckdb", "dbt-core", "lead_scoring"} <= set(manifest["versions"])
    for mart, rows in manifest["marts"].items():
        assert query(demo.out / DATABASE, f"select count(*) from {mart}") == [(rows,)]
        [(written,)] = query(
            demo.out / DATABASE, f"select count(*) from '{demo.out}/marts/{mart}.parquet'"
        )
        assert written == rows
    assert len(manifest["marts"]) == len(MARTS)
    for name, facts in manifest["files"].items():
        content = (demo.out / ".current" / name).read_bytes()
        assert len(content) == facts["bytes"]
        assert hashlib.sha256(content).hexdigest() == facts["sha256"]
    assert {"ranked_leads.csv", "ranked_leads.json", DATABASE} <= set(manifest["files"])


def test_dbt_alone_builds_the_same_tables(demo: Published, tmp_path: Path) -> None:
    """Unit tests are left out: they build nothing, and have a test of their own."""
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(demo.out / ".work" / "warehouse.duckdb", database)
    with duckdb.connect(database) as connection:
        connection.execute("drop schema lead_scoring cascade")
    paths = {
        "LEAD_SCORING_DATABASE": str(database),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    program = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
    options = ["--exclude-resource-type", "unit_test", "--vars", "lead_scoring__as_of: 2026-06-30"]
    built = subprocess.run(
        [*program, "build", *options],
        cwd=PROJECT,
        env=environment(paths),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
    assert marts(database, "lead_scoring") == marts(demo.out / DATABASE)


# Dates and inputs at the edge


@pytest.fixture(scope="module")
def few_leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three leads of 2026 and an event each, to be scored by the default configuration."""
    folder = tmp_path_factory.mktemp("few_leads")
    leads, events = [], []
    for number in range(3):
        at = f"2026-03-0{number + 1} 10:00"
        leads.append({"lead_id": f"L{number}", "created_at": at, "job_title": "CEO"})
        events.append(
            {
                "event_id": f"E{number}",
                "lead_id": f"L{number}",
                "event_type": "demo_request",
                "occurred_at": at,
            }
        )
    write_csv(folder / "leads.csv", leads)
    write_csv(folder / "events.csv", events)
    return folder


def run_few(folder: Path, out: Path, *options: object, **settings: Any) -> Ended:
    inputs = ("--leads", folder / "leads.csv", "--events", folder / "events.csv")
    return score_leads("run", *inputs, "--out", out, "--json", *options, **settings)


def test_a_date_before_all_data_gives_an_empty_list_and_one_after_today_a_full_one(
    few_leads: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    early = run_few(few_leads, out, "--as-of", "1999-12-31", "--format", "csv,parquet,json,xlsx")
    assert read_csv(out / "ranked_leads.csv") == []
    assert (out / "ranked_leads.csv").read_text("utf-8").startswith("score_rank,model_id,lead_id,")
    assert json.loads((out / "ranked_leads.json").read_text("utf-8")) == []
    assert early.report["top"] == []
    assert {row["rows_accepted"] for row in early.report["records"]} == {0, 3}

    future = datetime.now(timezone.utc).date() + timedelta(days=400)
    late = run_few(few_leads, out, "--as-of", future)
    assert late.report["as_of_date"] == future.isoformat()
    assert [row["lead_id"] for row in late.report["top"]] == ["L2", "L1", "L0"]


@pytest.mark.parametrize("content", ["lead_id,created_at\n", "lead_id,created_at\n\n", ""])
def test_an_input_without_a_lead_is_refused(tmp_path: Path, content: str) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text(content, encoding="utf-8")
    ended = score_leads("run", "--leads", leads, "--out", tmp_path / "out", "--json", code=2)
    assert "leads.csv" in ended.report["message"]
    assert not (tmp_path / "out" / ".current").exists()
