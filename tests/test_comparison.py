"""The comparison sees every difference, and the ledger's check every wrong line."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from comparison import compare, ledger_problems
from oracle import Expected, score

GOLDEN = Path(__file__).parent / "golden" / "case_4"
AS_OF = date(2026, 6, 30)

TYPES = {
    "as_of_date": "date",
    "score_rank": "bigint",
    "score_percentile": "integer",
    "score": "decimal(38, 4)",
    "fit_points": "decimal(38, 4)",
    "engagement_points": "decimal(38, 4)",
    "is_excluded": "boolean",
    "last_engaged_on": "date",
    "sla_hours": "decimal(11, 4)",
    "occurrences": "bigint",
    "points": "decimal(38, 6)",
    "first_event_date": "date",
    "last_event_date": "date",
}

CONFIGURATION = {
    "models": """\
model_id,is_champion,fit_weight,engagement_weight,fit_max_points,max_score
m,true,0.5,0.3333,30,15.3
""",
    "groups": """\
model_id,group_id,dimension,combine,min_points,max_points
m,role,fit,sum,,25
m,place,fit,max,,
m,web,engagement,sum,,
""",
    "criteria": """\
model_id,criterion_id,group_id,signal,subject,operator,points,weight
m,title,role,attribute,job_title,is_present,20,
m,head,role,attribute,job_title,is_present,10,
m,home,place,attribute,country,is_present,8,
m,away,place,attribute,country,is_present,3,
m,views,web,event,page_view,,2.3333,0.5
""",
    "bands": "model_id,dimension,band,min_points\nm,fit,A,\nm,engagement,1,\n",
    "stages": "model_id,stage,stage_order\nm,prospect,1\n",
}
CONTRIBUTIONS = [
    ("all", "title", "role", "fit", "20"),
    ("all", "head", "role", "fit", "10"),
    ("all", "home", "place", "fit", "8"),
    ("all", "away", "place", "fit", "3"),
    ("all", "views", "web", "engagement", "1.16665"),
    ("views only", "views", "web", "engagement", "1.16665"),
]
SCORES = [
    ("all", "15.3", "30", "1.1667"),
    ("views only", "0.3889", "0", "1.1667"),
    ("nothing", "0", "0", "0"),
]
LEDGER = [
    ("all", 1, "criterion", "title", "20", "0", "20"),
    ("all", 2, "criterion", "head", "10", "20", "30"),
    ("all", 3, "group_limit", "role", "-5", "30", "25"),
    ("all", 4, "criterion", "home", "8", "0", "8"),
    ("all", 5, "criterion", "away", "3", "8", "11"),
    ("all", 6, "group_limit", "place", "-3", "11", "8"),
    ("all", 7, "criterion", "views", "1.16665", "0", "1.16665"),
    ("all", 8, "dimension_limit", "fit", "-3", "33", "30"),
    ("all", 9, "rounding", "engagement", "0.00005", "1.16665", "1.1667"),
    ("all", 10, "dimension_weight", "fit", "-15", "30", "15"),
    ("all", 11, "dimension_weight", "engagement", "-0.77783889", "1.1667", "0.38886111"),
    ("all", 12, "score_limit", "score", "-0.08886111", "15.38886111", "15.3"),
    ("views only", 1, "criterion", "views", "1.16665", "0", "1.16665"),
    ("views only", 2, "rounding", "engagement", "0.00005", "1.16665", "1.1667"),
    ("views only", 3, "dimension_weight", "engagement", "-0.77783889", "1.1667", "0.38886111"),
    ("views only", 4, "rounding", "score", "0.00003889", "0.38886111", "0.3889"),
]


@pytest.fixture
def config(tmp_path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    for name, text in CONFIGURATION.items():
        (folder / f"lead_scoring__{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def right_ledger(tmp_path_factory) -> Path:
    database = tmp_path_factory.mktemp("ledger") / "ledger.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table lead_scoring__ranked_leads (model_id varchar, lead_id varchar,"
            " score decimal(38, 4), fit_points decimal(38, 4), engagement_points decimal(38, 4))"
        )
        connection.execute(
            "create table lead_scoring__contributions (model_id varchar, lead_id varchar,"
            " criterion_id varchar, group_id varchar, dimension varchar, points decimal(38, 6))"
        )
        connection.execute(
            "create table lead_scoring__score_ledger (model_id varchar, lead_id varchar,"
            " line_number bigint, line_type varchar, item varchar, points decimal(38, 8),"
            " before decimal(38, 8), after decimal(38, 8))"
        )
        for table, rows in (
            ("ranked_leads", SCORES),
            ("contributions", CONTRIBUTIONS),
            ("score_ledger", LEDGER),
        ):
            marks = ", ".join("?" for _ in ("m", *rows[0]))
            connection.executemany(
                f"insert into lead_scoring__{table} values ({marks})",
                [("m", *row) for row in rows],
            )
    return database


@pytest.fixture
def ledger(tmp_path, right_ledger) -> Path:
    return Path(shutil.copy(right_ledger, tmp_path))


@pytest.fixture(scope="module")
def expected() -> Expected:
    return score(GOLDEN, AS_OF)


@pytest.fixture(scope="module")
def right_marts(tmp_path_factory, expected) -> Path:
    database = tmp_path_factory.mktemp("marts") / "published.duckdb"
    with duckdb.connect(str(database)) as connection:
        for name in ("ranked_leads", "contributions", "rejected_records", "run_summary"):
            _write(connection, f"lead_scoring__{name}", getattr(expected, name))
    return database


@pytest.fixture
def published(tmp_path, right_marts) -> Path:
    return Path(shutil.copy(right_marts, tmp_path))


def _write(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, str]]
) -> None:
    columns = list(rows[0])
    typed = [(name, "bigint" if "rows_" in name else TYPES.get(name, "text")) for name in columns]
    definition = ", ".join(f"{name} {type_name}" for name, type_name in typed)
    connection.execute(f"create table {table} ({definition})")
    marks = ", ".join(f"cast(? as {type_name})" for _, type_name in typed)
    connection.executemany(
        f"insert into {table} values ({marks})",
        [[row[name] or None for name in columns] for row in rows],
    )


def _change(database: Path, statement: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(statement)


def test_equal_marts_have_no_difference(expected, published):
    assert compare(expected, published) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update lead_scoring__ranked_leads set score = score + 0.0001", "score: expected"),
        ("update lead_scoring__ranked_leads set reason_1 = null", "reason_1: expected"),
        ("update lead_scoring__ranked_leads set is_excluded = not is_excluded", "is_excluded"),
        ("delete from lead_scoring__ranked_leads where lead_id = '007'", "'007'): missing"),
        ("update lead_scoring__ranked_leads set lead_id = '07' where lead_id = '7'", "unexpected"),
        (
            "insert into lead_scoring__ranked_leads from lead_scoring__ranked_leads",
            "'007'): 2 rows",
        ),
        (
            "alter table lead_scoring__ranked_leads alter score type decimal(18, 6)",
            "found '37.867200'",
        ),
        ("alter table lead_scoring__ranked_leads drop stage", "no column stage"),
        ("update lead_scoring__ranked_leads set sla_hours = 5 where stage = 'customer'", "sla"),
        ("update lead_scoring__contributions set occurrences = 9", "occurrences: expected"),
        ("delete from lead_scoring__contributions where criterion_id = 'zero'", "missing"),
        (
            "delete from lead_scoring__rejected_records where reason = 'duplicate_lead_id'",
            "expected 2 times, found 0 times",
        ),
        ("update lead_scoring__run_summary set rows_read = 0", "rows_read: expected"),
        ("update lead_scoring__run_summary set unknown_lead = '0'", "unknown_lead: expected"),
    ],
)
def test_a_difference_is_told(expected, published, statement, told):
    _change(published, statement)
    assert any(told in difference for difference in compare(expected, published))


def test_a_right_ledger_has_no_problem(ledger, config):
    assert ledger_problems(ledger, config) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("set line_number = 13 where line_number = 12", "line numbers are"),
        ("set after = after + 1 where item = 'title'", "is not"),
        ("set points = 19, after = 19 where item = 'title'", "earned 20.000000"),
        ("set before = 1, after = 21 where item = 'title'", "before 1.00000000, not 0"),
        ("set item = 'other' where item = 'away'", "criterion lines"),
        ("set line_number = 7 - line_number where line_number < 7", "one that it uses"),
        (
            "set line_number = case line_number when 2 then 4 when 3 then 2 else 3 end"
            " where line_number in (2, 3, 4) and lead_id = 'all'",
            "not consecutive",
        ),
        (
            "set line_number = case line_number when 7 then 9 else 7 end"
            " where line_number in (7, 9)",
            "engagement stands before one that it uses",
        ),
        (
            "set line_number = case line_number when 10 then 12 else 10 end"
            " where line_number in (10, 12)",
            "score stands before one that it uses",
        ),
        ("set points = -6, after = 24 where item = 'role'", "recomputed 30.000000 to 25"),
        ("set points = -14, after = 16 where line_number = 10", "recomputed 30.0000 to 15.0"),
        ("set line_type = 'balance' where line_type = 'score_limit'", "has no reason for"),
        ("set points = 0.0001 where line_type = 'rounding'", "is more than rounding"),
        ("set item = 'score' where line_type = 'rounding'", "has no reason for"),
        ("set lead_id = 'nobody' where lead_id = 'all'", "has lines but no score"),
    ],
)
def test_a_wrong_line_is_told(ledger, config, statement, told):
    _change(ledger, f"update lead_scoring__score_ledger {statement}")
    problems = ledger_problems(ledger, config)
    assert any(told in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("delete from lead_scoring__score_ledger where line_type = 'score_limit'", "is missing"),
        (
            "insert into lead_scoring__score_ledger from lead_scoring__score_ledger"
            " where line_type = 'group_limit'",
            "2 lines",
        ),
        ("update lead_scoring__ranked_leads set score = 1", "lines add up to"),
        ("update lead_scoring__ranked_leads set fit_points = 1", "fit_points is 1.0000"),
        ("delete from lead_scoring__ranked_leads where lead_id = 'all'", "earned points but"),
        ("update lead_scoring__contributions set group_id = 'web'", "stands under"),
    ],
)
def test_marts_that_disagree_are_told(ledger, config, statement, told):
    _change(ledger, statement)
    problems = ledger_problems(ledger, config)
    assert any(told in problem for problem in problems), problems
