"""What readers on Spark see while runs are published and killed."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import spark_publishing
from made_up_runs import ROWS, run_id, start
from spark_publishing import publish, runs_kept, seen_by
from spark_settings import SPARK

from command import score_leads
from lead_scoring import spark_warehouse
from lead_scoring.errors import BuildFailedError, DatabaseBusyError
from lead_scoring.exports import MARTS

PROGRAM = Path(spark_publishing.__file__)
QUICK = SPARK | {"LEAD_SCORING_SPARK_SHUFFLE_PARTITIONS": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Point this process at a folder for Spark."""
    path = tmp_path_factory.mktemp("spark") / "it is here"
    with pytest.MonkeyPatch.context() as patch:
        # What is set while Spark starts goes with it.
        patch.setenv("LEAD_SCORING_SPARK_FOLDER", str(path))
        for name, value in QUICK.items():
            patch.setenv(name, value)
        yield path


@pytest.fixture(scope="module")
def warehouse(folder: Path) -> Iterator[spark_warehouse.SparkWarehouse]:
    with spark_warehouse.spark_warehouse(folder, 0) as opened:
        yield opened


@pytest.fixture
def session(warehouse: spark_warehouse.SparkWarehouse) -> Any:
    """Return the session of the warehouse, with nothing published."""
    from pyspark.sql import SparkSession

    assert warehouse
    session = SparkSession.active()
    for schema in ("lead_scoring_work", "lead_scoring_runs", "lead_scoring"):
        session.sql(f"drop schema if exists {schema} cascade")
    return session


Publish = Callable[..., None]


@pytest.fixture
def publish_run(warehouse: spark_warehouse.SparkWarehouse, session: Any) -> Publish:
    def publish_run(number: int, **options: Any) -> None:
        publish(warehouse, session, number, **options)

    return publish_run


def test_every_query_of_a_reader_sees_one_whole_run(session: Any, publish_run: Publish) -> None:
    publish_run(1)
    reader = session.newSession()
    polls: list[list[tuple[str, int]]] = []
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            polls.append(seen_by(reader))

    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(poll)
        try:
            for number in range(2, 13):
                publish_run(number)
                answers = len(polls)
                while len(polls) == answers and not polling.done():
                    time.sleep(0.01)
        finally:
            stop.set()
        # Whatever the reader met is raised here.
        polling.result()
    assert all(found == [(found[0][0], ROWS)] * len(MARTS) for found in polls), polls
    assert len({found[0][0] for found in polls}) >= 10
    assert seen_by(reader) == [(run_id(12), ROWS)] * len(MARTS)


def test_no_view_is_dropped_to_make_a_run_current(session: Any, publish_run: Publish) -> None:
    publish_run(1)
    views = ["lead_scoring_runs.current_run", *(f"lead_scoring.{mart}" for mart in MARTS)]
    for view in views:
        session.sql(f"alter view {view} set tblproperties ('mark' = 'stays')")
    publish_run(2, extra=", id * 2 as twice")
    for view in views:
        assert session.sql(f"show tblproperties {view} ('mark')").head()["value"] == "stays"


def test_a_query_reads_the_files_of_one_run_alone(session: Any, publish_run: Publish) -> None:
    publish_run(1)
    publish_run(2)
    for mart in MARTS:
        files = session.table(f"lead_scoring.{mart}").inputFiles()
        assert files
        assert all(f"published_run_id={run_id(2)}" in file for file in files)


def test_superseded_runs_and_leftovers_are_removed(
    session: Any, publish_run: Publish, folder: Path
) -> None:
    for number in range(1, 4):
        publish_run(number, keep=2)
    assert runs_kept(session, folder) == [2, 3]
    # A name that sorts before all others, as after a clock was set back.
    publish_run(0, keep=2)
    assert runs_kept(session, folder) == [0, 3]
    for mart in MARTS:
        table = f"lead_scoring_runs.{mart}"
        session.sql(f"alter table {table} add partition (published_run_id = '{run_id(8)}')")
        files = folder / "warehouse" / "lead_scoring_runs.db" / mart
        (files / f"published_run_id={run_id(9)}").mkdir()
        (files / "_temporary" / "0").mkdir(parents=True)
    publish_run(4, keep=2)
    assert runs_kept(session, folder) == [0, 4]
    publish_run(5, keep=1)
    assert runs_kept(session, folder) == [5]


def test_a_new_column_follows_behind_the_others(session: Any, publish_run: Publish) -> None:
    publish_run(1)
    publish_run(2, extra=", id * 2 as twice")
    row = session.sql("select * from lead_scoring.lead_scoring__run_summary where place = 3").head()
    assert row.asDict() == {"run_id": run_id(2), "place": 3, "twice": 6}
    publish_run(3, extra=", id * 2 as twice")
    assert seen_by(session) == [(run_id(3), ROWS)] * len(MARTS)


@pytest.mark.parametrize("extra", ["", ", cast(id as string) as twice"], ids=["lost", "retyped"])
def test_a_mart_that_lost_a_column_is_not_published(
    session: Any, publish_run: Publish, extra: str
) -> None:
    publish_run(1, extra=", id * 2 as twice")
    with pytest.raises(BuildFailedError, match="other columns than it has now: twice"):
        publish_run(2, extra=extra)
    assert seen_by(session) == [(run_id(1), ROWS)] * len(MARTS)


def test_a_second_process_is_told_that_the_catalog_is_held(
    session: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session
    monkeypatch.setattr(spark_warehouse, "_LINGERING_SECONDS", 0)
    with (
        pytest.raises(DatabaseBusyError, match="another process has the catalog of Spark open"),
        spark_warehouse.spark_warehouse(folder, 0),
    ):
        pass


def test_no_java_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    ended = score_leads(
        "run", "--target", "spark", "--out", tmp_path / "out", code=2,
        changes={"JAVA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert "Spark needs Java, version 17 or later, and there is none in JAVA_HOME" in ended.said


@pytest.mark.usefixtures("folder")
def test_every_kill_leaves_one_whole_run(tmp_path: Path) -> None:
    moments = random.Random(20260630)
    published: list[int] = []
    for kill in range(1, 5):
        process = start(PROGRAM, tmp_path, kill * 1000, 1000)
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        if published:
            # The kill may have come between the publication and its line.
            assert found in [[[run_id(published[-1] + more), ROWS]] * len(MARTS) for more in (0, 1)]
        published += [int(process.stdout.readline()) for _ in range(moments.randint(1, 2))]
        time.sleep(moments.uniform(0, 2))
        if kill % 2:
            # Java runs on for a while when Python alone is killed.
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        published += map(int, process.communicate()[0].split())
    process = start(PROGRAM, tmp_path, 5000, 1)
    _, number, kept = process.communicate()[0].splitlines()
    assert number == "5000"
    assert json.loads(kept)[-1] == 5000
    assert len(json.loads(kept)) == 3
