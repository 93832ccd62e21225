"""The same input and rules give the same marts on every engine, row for row and digit for digit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres_server import PostgresServer
from spark_settings import SMALL_SPARK, SPARK

from cases import differences, golden_differences, pack
from command import DATABASE, GOLDEN, case_arguments, marts, query, score_leads
from lifecycle_case import lifecycle_options, write_lifecycle_case
from oracle_inputs import CaseFiles
from random_cases import AS_OF

Run = Callable[..., Any]


@pytest.fixture(params=["postgres", "spark"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run the command on an engine."""
    changes: dict[str, str] = {}
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("server")
        changes = server.environment(request.getfixturevalue("database"))

    def on_engine(
        *arguments: object, command: str = "run", spark: dict[str, str] = SMALL_SPARK
    ) -> Any:
        return score_leads(command, "--target", request.param, *arguments, changes=changes | spark)

    return on_engine


# Spark takes minutes for each build, so it gets the case that has a row for each corner.
@pytest.mark.parametrize(
    ("run", "number"),
    [("postgres", 1), ("postgres", 2), ("postgres", 3), ("postgres", 4), ("spark", 4)],
    indirect=["run"],
)
def test_a_golden_case_comes_out_in_every_column_and_digit(
    run: Run, number: int, tmp_path: Path
) -> None:
    case, out = GOLDEN / f"case_{number}", tmp_path / "out"
    run(*case_arguments(case), "--out", out)
    assert golden_differences(case, out) == []
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []


def test_random_cases_agree_with_the_oracle(run: Run, tmp_path: Path) -> None:
    case, out = tmp_path / "case", tmp_path / "out"
    pack(case, range(41, 53), leads=120, events=1500, versions=400)
    run(*case_arguments(case), "--out", out)
    models = query(out / DATABASE, "select distinct model_id from lead_scoring__ranked_leads")
    assert len(models) > 12
    assert differences(CaseFiles.in_folder(case), AS_OF, out) == []


def declared(database: Path) -> list[tuple[Any, ...]]:
    """Return type, nullability and description of every table and column."""
    return query(
        database,
        "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where not internal union all "
        "select table_name, null, null, null, comment from duckdb_tables() order by all",
    )


def test_the_demo_is_the_same_as_on_duckdb(run: Run, tmp_path: Path) -> None:
    out, expected = tmp_path / "out", tmp_path / "duckdb"
    run("--out", out, spark=SPARK)
    score_leads("run", "--out", expected)
    assert marts(out / DATABASE) == marts(expected / DATABASE)
    assert declared(out / DATABASE) == declared(expected / DATABASE)
    assert (out / "ranked_leads.csv").read_bytes() == (expected / "ranked_leads.csv").read_bytes()


def test_leads_move_through_the_stages_as_on_duckdb(run: Run, tmp_path: Path) -> None:
    """A back-fill, a night, and dates before them, so that later ones are gone through again."""
    case = lifecycle_options(write_lifecycle_case(tmp_path / "case"))
    out, expected = tmp_path / "out", tmp_path / "duckdb"
    fill = ("--from", "2026-05-20", "--to", "2026-05-21", "--as-of", "2026-05-22")
    earlier = ("--from", "2026-05-17", "--to", "2026-05-18", "--as-of", "2026-05-24")
    for words in (("backfill", *fill), ("run", "--as-of", "2026-05-24"), ("backfill", *earlier)):
        command, *dates = words
        run(*case, *dates, "--out", out, command=command)
        score_leads(command, *case, *dates, "--out", expected)
    assert marts(out / DATABASE) == marts(expected / DATABASE)


def test_a_lead_that_is_named_is_gone_from_what_is_kept(run: Run, tmp_path: Path) -> None:
    case, out, erased = case_arguments(GOLDEN / "case_4"), tmp_path / "out", tmp_path / "erased.txt"
    history = "select distinct lead_id from lead_scoring__score_history where as_of_date = ?"
    run(*case, "--out", out)
    first, *others = sorted(query(out / DATABASE, history, "2026-06-30"))
    erased.write_text(first[0], encoding="utf-8")
    run(*case, "--as-of", "2026-07-01", "--erase", erased, "--out", out)
    assert sorted(query(out / DATABASE, history, "2026-06-30")) == others
    for mart, rows in marts(out / DATABASE).items():
        assert not [row for row in rows if first[0] in row], mart
    assert len(list((out / ".runs").iterdir())) == 1
