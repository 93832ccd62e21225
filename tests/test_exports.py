"""What a publication holds: the marts for BI tools, and the ranked list in its formats."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

from lead_scoring import exports, publication, workbook
from lead_scoring.descriptions import Description, describe
from lead_scoring.errors import BuildFailedError, UsageError
from lead_scoring.output_folder import OutputFolder
from work_database import FACTS, change, make_configuration, make_work_database

ALL = ("csv", "parquet", "json", "xlsx")
OLD_DUCKDB = Path(__file__).parents[1] / "build" / "duckdb-1.4"


@pytest.fixture
def folder(tmp_path):
    folder = OutputFolder(tmp_path / "out")
    with folder.hold():
        make_work_database(folder.work_database)
        yield folder


def published(folder, formats=ALL, model_id="standard", **options):
    configuration = folder.work / "config"
    if not configuration.exists():
        make_configuration(configuration)
    return publication.publish(
        folder,
        folder.work_database,
        model_id=model_id,
        formats=formats,
        manifest_facts=FACTS,
        configuration=configuration,
        **options,
    )


def csv_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def xlsx_rows(path):
    sheet = openpyxl.load_workbook(path)["ranked_leads"]
    header, *rows = sheet.iter_rows()
    return sheet, [cell.value for cell in header], rows


def test_a_null_against_the_contract_is_refused():
    with duckdb.connect() as connection:
        connection.execute("create table main.scored as select 1 as lead_id, null as points")
        described = Description("One row per lead.", {"points": "It's a sum."}, ["lead_id"])
        describe(connection, "main", "scored", described)
        found = connection.execute(
            "select is_nullable, comment from duckdb_columns() where table_name = 'scored'"
        ).fetchall()
        assert found == [(False, None), (True, "It's a sum.")]
        with pytest.raises(BuildFailedError, match=r"scored\.points has nulls"):
            describe(connection, "main", "scored", replace(described, required=["points"]))


def test_marts_database_holds_the_marts_alone_described_and_ordered(folder):
    published(folder, ["csv"])
    with duckdb.connect(str(folder.path / "lead_scoring.duckdb"), read_only=True) as reader:
        tables = reader.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        assert tables == [("main", mart) for mart in sorted(exports.MARTS)]
        comments = reader.execute(
            "select comment from duckdb_tables() where table_name = 'lead_scoring__ranked_leads'"
            " union all select comment from duckdb_columns() where column_name = 'score'"
        ).fetchall()
        assert comments == [("One row per lead, it's ranked.",), ("The score.",)]
        score = reader.execute(
            "select data_type, is_nullable from duckdb_columns()"
            " where table_name = 'lead_scoring__ranked_leads' and column_name = 'score'"
        ).fetchone()
        assert score == ("DECIMAL(38,4)", False)
        for mart, keys in exports.MARTS.items():
            rows = reader.execute(f"select {', '.join(keys)} from {mart}").fetchall()
            assert rows == sorted(rows, key=lambda row: [(cell is None, cell) for cell in row])
            parquet = folder.path / "marts" / f"{mart}.parquet"
            assert (
                reader.execute(f"select * from '{parquet}'").fetchall()
                == reader.execute(f"select * from {mart}").fetchall()
            )
    assert not list(folder.path.rglob("*.wal"))


def test_duckdb_1_4_reads_the_marts_database(folder):
    assert OLD_DUCKDB.is_dir(), f"{OLD_DUCKDB} is missing: run make test"
    published(folder, ["csv"])
    script = """
import sys
sys.path.insert(0, sys.argv[1])
import duckdb
assert duckdb.__version__.startswith("1.4."), duckdb.__version__
reader = duckdb.connect(sys.argv[2], read_only=True)
print(reader.execute("select count(*) from lead_scoring__ranked_leads").fetchone()[0])
comment = "select comment from duckdb_columns() where column_name = 'score'"
print(reader.execute(comment).fetchone()[0])
"""
    database = str(folder.path / "lead_scoring.duckdb")
    read = subprocess.run(
        [sys.executable, "-c", script, str(OLD_DUCKDB), database],
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.stdout.split("\n")[:2] == ["120", "The score."], read.stderr


def test_list_is_of_one_model_rank_first_and_the_excluded_last(folder):
    published(folder, model_id="challenger")
    rows = csv_rows(folder.path / "ranked_leads.csv")
    head = ["score_rank", "model_id", "lead_id", "full_name", "email", "company_name"]
    assert list(rows[0])[:7] == [*head, "as_of_date"]
    assert list(rows[0])[-1] == "nurture_track"
    assert {row["model_id"] for row in rows} == {"challenger"}
    ranks = [row["score_rank"] for row in rows]
    assert ranks == [str(rank) for rank in range(1, 41)] + [""] * 20
    excluded = [row["lead_id"] for row in rows[40:]]
    assert excluded == sorted(excluded)
    assert [row["full_name"] for row in rows[:2]] == ["First Last 1", "Ünal 2"]


def test_list_holds_the_same_in_every_format(folder):
    published(folder)
    out = folder.path
    in_csv = csv_rows(out / "ranked_leads.csv")
    in_json = json.loads((out / "ranked_leads.json").read_text("utf-8"), parse_float=Decimal)
    with duckdb.connect() as reader:
        in_parquet = reader.execute(f"from '{out / 'ranked_leads.parquet'}'").fetchall()
    _, header, in_xlsx = xlsx_rows(out / "ranked_leads.xlsx")
    assert list(in_json[0]) == list(in_csv[0]) == header
    for at, rank in enumerate(in_csv):
        from_parquet = dict(zip(header, in_parquet[at], strict=True))
        from_xlsx = dict(zip(header, (cell.value for cell in in_xlsx[at]), strict=True))
        assert rank["lead_id"] == in_json[at]["lead_id"] == from_xlsx["lead_id"]
        assert Decimal(rank["score"]) == in_json[at]["score"] == from_parquet["score"]
        assert from_xlsx["score"] == float(rank["score"])
        assert rank["as_of_date"] == in_json[at]["as_of_date"] == "2026-06-30"


def test_csv_is_utf8_with_line_feeds_and_quotes_where_needed(folder):
    name = 'Ü, "Ö"\nnext'
    change(folder.work_database, "update int_lead_scoring__leads set full_name = ?", name)
    published(folder, ["csv"])
    content = (folder.path / "ranked_leads.csv").read_bytes()
    assert b"\r" not in content
    assert '"Ü, ""Ö""\nnext"'.encode() in content
    assert csv_rows(folder.path / "ranked_leads.csv")[0]["full_name"] == name


def test_json_keeps_every_digit(folder):
    score = "1234567890123456789012345678901234.5678"
    change(folder.work_database, f"update lead_scoring__ranked_leads set score = {score}")
    published(folder, ["json"])
    text = (folder.path / "ranked_leads.json").read_text("utf-8")
    assert f'"score":{score}' in text


def test_list_is_the_same_bytes_with_any_thread_count(tmp_path):
    found = {list_format: set() for list_format in ("csv", "json", "parquet")}
    for threads in (1, 4):
        folder = OutputFolder(tmp_path / str(threads))
        with folder.hold():
            # More rows than a thread takes at a time, and all of the same rank.
            change(
                make_work_database(folder.work_database),
                "insert into lead_scoring__ranked_leads"
                " select leads.* replace (leads.lead_id || '-' || i as lead_id)"
                " from lead_scoring__ranked_leads as leads, range(150000) as numbers(i)"
                " where score_rank = 1 and model_id = 'standard' order by hash(i)",
            )
            published(folder, list(found), settings={"threads": threads})
        for list_format, contents in found.items():
            contents.add((folder.path / f"ranked_leads.{list_format}").read_bytes())
    assert [len(contents) for contents in found.values()] == [1, 1, 1]


FORMULAS = [
    "=1+1",
    "+A1",
    "-cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "+49 (0)30 1",
    "-",
    "-1-",
]
HARMLESS = ["-5", "+1.5", "-.5e-3", "-7.", "a=b", " =1", "'=1", "12", "1e5", ""]


def test_only_spreadsheets_get_an_apostrophe_before_what_looks_like_a_formula(folder):
    texts = FORMULAS + HARMLESS
    for number, text in enumerate(texts):
        lead_id = f"L{number}"
        change(
            folder.work_database,
            "update int_lead_scoring__leads set company_name = ? where lead_id = ?",
            text,
            lead_id,
        )
        change(
            folder.work_database,
            "update lead_scoring__ranked_leads set reason_1 = ? where lead_id = ?",
            text,
            lead_id,
        )
    published(folder)
    out = folder.path
    escaped = {
        f"L{number}": f"'{text}" if text in FORMULAS else text for number, text in enumerate(texts)
    }
    plain = {f"L{number}": text for number, text in enumerate(texts)}

    in_csv = {row["lead_id"]: row for row in csv_rows(out / "ranked_leads.csv")}
    assert {lead: in_csv[lead]["company_name"] for lead in escaped} == escaped
    assert {lead: in_csv[lead]["reason_1"] for lead in escaped} == escaped

    _, header, rows = xlsx_rows(out / "ranked_leads.xlsx")
    named = [dict(zip(header, row, strict=True)) for row in rows]
    in_xlsx = {row["lead_id"].value: row["company_name"] for row in named}
    # The workbook's XML has its own way to write a carriage return, and no cell for an empty text.
    assert {
        lead: (in_xlsx[lead].value or "").replace("_x000D_", "\r") for lead in escaped
    } == escaped
    assert {in_xlsx[lead].data_type for lead in escaped} <= {"s", "inlineStr", "n"}

    in_json = json.loads((out / "ranked_leads.json").read_text("utf-8"))
    assert {row["lead_id"]: row["company_name"] for row in in_json}.items() >= plain.items()
    with duckdb.connect() as reader:
        for file, column in (
            ("ranked_leads.parquet", "company_name"),
            ("marts/lead_scoring__ranked_leads.parquet", "reason_1"),
        ):
            query = f"select lead_id, {column} from '{out / file}' where model_id = 'standard'"
            assert dict(reader.execute(query).fetchall()).items() >= plain.items()


def test_negative_figures_get_no_apostrophe(folder):
    published(folder, ["csv"])
    assert csv_rows(folder.path / "ranked_leads.csv")[0]["engagement_points"] == "-1.0000"


def test_workbook_has_typed_cells_a_frozen_header_and_a_filter(folder):
    change(
        folder.work_database, "update int_lead_scoring__leads set company_name = ?", "http://a.b"
    )
    published(folder, ["xlsx"])
    sheet, header, rows = xlsx_rows(folder.path / "ranked_leads.xlsx")
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{rows[-1][-1].coordinate}"
    assert len(rows) == 60
    first = dict(zip(header, rows[0], strict=True))
    assert isinstance(first["score"].value, float)
    assert first["score_rank"].value == 1
    assert first["as_of_date"].value == datetime(2026, 6, 30)
    assert first["as_of_date"].number_format == "yyyy-mm-dd"
    assert first["is_excluded"].value is False
    assert first["company_name"].value == "http://a.b"
    assert first["company_name"].hyperlink is None
    assert 5 < sheet.column_dimensions["D"].width < 60


def test_workbook_cuts_a_cell_that_excel_could_not_open_and_says_so(folder):
    text = "😀" * 20_000
    change(
        folder.work_database,
        "update int_lead_scoring__leads set company_name = ? where lead_id = 'L1'",
        text,
    )
    done = published(folder, ["xlsx", "csv"])
    assert [warning.split(":")[0] for warning in done.warnings] == ["ranked_leads.xlsx"]
    _, header, rows = xlsx_rows(folder.path / "ranked_leads.xlsx")
    cell = dict(zip(header, rows[0], strict=True))["company_name"].value
    assert len(cell.encode("utf-16-le")) <= 2 * workbook.MAX_CELL_LENGTH
    assert cell.endswith("😀…")
    assert csv_rows(folder.path / "ranked_leads.csv")[0]["company_name"] == text


def test_workbook_is_refused_above_the_rows_of_a_sheet(folder, monkeypatch):
    monkeypatch.setattr(exports, "MAX_ROWS", 59)
    with pytest.raises(UsageError, match="60 leads do not fit"):
        published(folder)
    assert publication.current(folder) is None
    published(folder, ["csv"])


def test_list_without_a_lead_is_a_header_and_an_empty_array(folder):
    change(folder.work_database, "delete from lead_scoring__ranked_leads")
    published(folder)
    assert csv_rows(folder.path / "ranked_leads.csv") == []
    assert (folder.path / "ranked_leads.csv").read_text("utf-8").startswith("score_rank,")
    assert json.loads((folder.path / "ranked_leads.json").read_text("utf-8")) == []
    assert xlsx_rows(folder.path / "ranked_leads.xlsx")[2] == []


def test_names_and_paths_with_quotes_are_data(tmp_path):
    folder = OutputFolder(tmp_path / 'it\'s [an] "odd" * folder')
    with folder.hold():
        make_work_database(folder.work_database)
        odd = "it's"
        change(folder.work_database, "update lead_scoring__ranked_leads set model_id = ?", odd)
        facts = publication.ManifestFacts(
            **{**FACTS.__dict__, "models": [odd], "champion": odd},
        )
        publication.publish(
            folder,
            folder.work_database,
            model_id=odd,
            formats=ALL,
            manifest_facts=facts,
            configuration=make_configuration(folder.work / "config"),
        )
    assert len(csv_rows(folder.path / "ranked_leads.csv")) == 120
