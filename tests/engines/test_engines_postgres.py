"""What readers of a Postgres database see while runs are published, killed and held up."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres_publishing
import psycopg2
import pytest
from postgres_publishing import ROWS, connect, publish, run_id
from postgres_server import PostgresServer

from command import score_leads, write_csv
from lead_scoring.errors import BuildFailedError, DatabaseBusyError
from lead_scoring.exports import MARTS

PROGRAM = Path(postgres_publishing.__file__)
SCRIPTS = PROGRAM.parents[2] / "scripts"


@pytest.fixture
def target(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Point this process at a database of its own; return the variables that do so."""
    changes = server.environment(database)
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    return changes


@pytest.fixture
def reader(target: dict[str, str]) -> Iterator[Any]:
    """Publish a run, and connect as a role that may read what is published."""
    assert target
    publish(1, 1)
    with connect() as owner, owner.cursor() as cursor:
        cursor.execute("drop role if exists bi")
        cursor.execute("create role bi login")
        cursor.execute("grant usage on schema lead_scoring to bi")
        cursor.execute("grant select on all tables in schema lead_scoring to bi")
    connection = connect("bi")
    yield connection
    connection.close()
    with owner.cursor() as cursor:
        cursor.execute("drop owned by bi")
        cursor.execute("drop role bi")
    owner.commit()
    owner.close()


def start(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        text=True,
    )


def seen_by(connection: Any) -> set[tuple[str, int]]:
    """Return every run id with its number of rows that one transaction finds in the marts."""
    found = set()
    with connection, connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        for mart in MARTS:
            cursor.execute(f"select run_id, count(*) from lead_scoring.{mart} group by run_id")
            found.update(cursor.fetchall() or [("nothing", 0)])
    return found


def test_every_transaction_of_a_reader_sees_one_whole_run(reader: Any) -> None:
    polls: list[set[tuple[str, int]]] = []
    failures: list[str] = []
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            try:
                polls.append(seen_by(reader))
            except psycopg2.Error as error:
                failures.append(str(error))
                reader.rollback()

    polling = threading.Thread(target=poll)
    polling.start()
    moments = random.Random(20260630)
    published, number = 0, 100
    try:
        for _ in range(20):
            process = start("publish", number, 100)
            assert process.stdout is not None
            published += sum(1 for _ in range(moments.randint(1, 2)) if process.stdout.readline())
            # A publication takes some hundredths of a second; the kill falls into one of them.
            stop.wait(moments.uniform(0, 0.2))
            process.kill()
            process.communicate()
            number += 1000
        publish(number, 1)
    finally:
        stop.set()
        polling.join()
    assert failures == []
    assert published >= 20
    assert all(len(found) == 1 for found in polls), [each for each in polls if len(each) != 1][:3]
    assert {rows for found in polls for _, rows in found} == {ROWS}
    assert len({name for found in polls for name, _ in found}) >= 10
    assert seen_by(reader) == {(run_id(number), ROWS)}


def test_a_transaction_that_began_before_a_run_was_built_stays_with_the_run_before(
    reader: Any,
) -> None:
    with reader, reader.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        cursor.execute("select 1")
        publish(2, 1)
        for mart in MARTS:
            cursor.execute(f"select distinct run_id from lead_scoring.{mart}")
            assert cursor.fetchall() == [(run_id(1),)]
    assert seen_by(reader) == {(run_id(2), ROWS)}


def test_a_reader_in_a_transaction_holds_up_no_publication(reader: Any) -> None:
    with reader, reader.cursor() as cursor:
        for mart in MARTS:
            cursor.execute(f"select count(*) from lead_scoring.{mart}")
        publish(2, 5)
    publish(7, 1)
    assert seen_by(reader) == {(run_id(7), ROWS)}
    assert runs_kept() == [5, 6, 7]


def runs_kept() -> list[int]:
    """Return the numbers of the runs whose tables are still there, the same for every mart."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class join pg_namespace n on n.oid = relnamespace "
            "where nspname = 'lead_scoring_runs' and relispartition"
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute("select run_id from lead_scoring_runs.publications")
        listed = sorted(int(name[-8:]) for (name,) in cursor.fetchall())
    connection.close()
    kept = sorted({int(name[-8:]) for name in names})
    assert len(names) == len(kept) * len(MARTS)
    assert listed == kept
    return kept


def test_grants_and_views_of_others_survive_and_a_reader_sees_the_marts_alone(reader: Any) -> None:
    with connect() as owner, owner.cursor() as cursor:
        cursor.execute("create schema bi authorization bi")
    with reader, reader.cursor() as cursor:
        cursor.execute(
            "create view bi.mine as select run_id from lead_scoring.lead_scoring__ranked_leads"
        )
    publish(2, 5)
    with reader, reader.cursor() as cursor:
        cursor.execute("select distinct run_id from bi.mine")
        assert cursor.fetchall() == [(run_id(6),)]
        cursor.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema like 'lead_scoring%%'"
        )
        assert {name for (name,) in cursor.fetchall()} == {f"lead_scoring.{mart}" for mart in MARTS}
    for schema in ("lead_scoring_runs", "lead_scoring_work"):
        with (
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
            reader,
            reader.cursor() as cursor,
        ):
            cursor.execute(f"select * from {schema}.publications")


def test_descriptions_stand_on_the_views(reader: Any) -> None:
    publish(2, 1)
    with reader, reader.cursor() as cursor:
        cursor.execute(
            "select obj_description('lead_scoring.lead_scoring__ranked_leads'::regclass)"
        )
        assert cursor.fetchone() == ("It's run 2",)
        cursor.execute(
            "select col_description('lead_scoring.lead_scoring__ranked_leads'::regclass, 2)"
        )
        assert cursor.fetchone() == ("Of run 2",)


def test_a_new_column_follows_behind_the_others(reader: Any) -> None:
    publish(2, 1, extra=", place * 2 as twice")
    with reader, reader.cursor() as cursor:
        cursor.execute("select * from lead_scoring.lead_scoring__run_summary order by place")
        assert cursor.fetchone() == (run_id(2), 1, 2)
    publish(3, 1, extra=", place * 2 as twice")
    assert seen_by(reader) == {(run_id(3), ROWS)}


@pytest.mark.usefixtures("target")
def test_a_mart_that_lost_a_column_is_not_published() -> None:
    publish(1, 1, extra=", place * 2 as twice")
    with pytest.raises(BuildFailedError, match="other columns than it has now: twice"):
        publish(2, 1)
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("select distinct run_id from lead_scoring.lead_scoring__run_summary")
        assert cursor.fetchall() == [(run_id(1),)]
    connection.close()


@pytest.mark.usefixtures("target")
def test_the_second_of_two_runs_is_told_who_holds_the_database() -> None:
    process = start("hold")
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        with pytest.raises(DatabaseBusyError, match=r"backend \d+ of user postgres"):
            publish(1, 1)
    finally:
        process.kill()
        process.communicate()
    publish(1, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"LEAD_SCORING_POSTGRES_PORT": "1"}, "refused"),
        ({"LEAD_SCORING_POSTGRES_DATABASE": "nowhere"}, 'database "nowhere" does not exist'),
    ],
)
def test_a_database_that_is_not_there_is_one_sentence_and_exit_code_4(
    target: dict[str, str], change: dict[str, str], said: str, tmp_path: Path
) -> None:
    ended = score_leads(
        "run", "--target", "postgres", "--out", tmp_path / "out", code=4, changes=target | change
    )
    assert said in ended.said
    assert ended.err.count("\n") <= 3


def test_awkward_cells_arrive_as_they_are(target: dict[str, str], tmp_path: Path) -> None:
    """Nulls, quotes, line ends, zero bytes, the word null, and letters of other scripts."""
    texts = ["null", "NULL", 'a "quoted", text', "two\nlines", "O'Brien \\ Ünïcödé 東京", " ", ""]
    leads = [
        {"lead_id": f"L{number}", "industry": text} for number, text in enumerate(texts, start=1)
    ]
    write_csv(tmp_path / "leads.csv", leads)
    config = tmp_path / "config"
    score_leads("init", config)
    for name in ("criteria", "groups", "stages", "bands", "exclusions", "actions"):
        (config / f"lead_scoring__{name}.csv").unlink(missing_ok=True)
    cells = ["null", 'a "quoted", text', "two\nlines", "o'brien \\ ünïcödé 東京"]
    (config / "lead_scoring__models.csv").write_text("model_id,is_champion\nnull,true\n")
    write_csv(
        config / "lead_scoring__groups.csv",
        [{"model_id": "null", "group_id": "NULL", "dimension": "fit", "combine": "sum"}],
    )
    write_csv(
        config / "lead_scoring__criteria.csv",
        [
            {
                "model_id": "null", "criterion_id": f"c{number}", "group_id": "NULL",
                "signal": "attribute", "subject": "industry", "operator": "equals", "value": cell,
                "points": str(number),
            }
            for number, cell in enumerate(cells, start=1)
        ],
    )  # fmt: skip
    write_csv(
        config / "lead_scoring__bands.csv",
        [
            {"model_id": "null", "dimension": dimension, "band": "A", "min_points": ""}
            for dimension in ("fit", "engagement")
        ],
    )
    write_csv(
        config / "lead_scoring__stages.csv",
        [{"model_id": "null", "stage": "null", "stage_order": "1"}],
    )
    found = []
    for engine in ("duckdb", "postgres"):
        out = tmp_path / engine
        score_leads(
            "run", "--target", engine, "--leads", tmp_path / "leads.csv", "--config", config,
            "--as-of", "2026-06-30", "--out", out, changes=target,
        )  # fmt: skip
        found.append((out / "ranked_leads.csv").read_bytes())
    assert found[0] == found[1]
    assert found[0].count(b",4.0000,") > 0
