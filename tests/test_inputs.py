"""Reading input files, recognising their columns and landing them."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lead_scoring import csv_files
from lead_scoring.column_mapping import How, parse_mapping
from lead_scoring.errors import LeadScoringError, Severity, StorageError, UsageError
from lead_scoring.inputs import InputFiles, check_inputs, land_inputs

ALIASES = """relation,column_name,alias
leads,lead_id,id
leads,lead_id,contactid
leads,email,emailaddress
leads,email,workemail
leads,company_size,numberofemployees
events,event_id,id
events,event_type,activitytype
events,occurred_at,timestamp
outcomes,outcome,dealresult
"""


class Workplace:
    """A folder of input files and a database to land them in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.aliases = folder / "aliases.txt"
        self.aliases.write_text(ALIASES)
        self.connection = duckdb.connect(":memory:", config={"threads": 2})

    def write(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def parquet(self, name: str, query: str) -> str:
        path = str(self.folder / name)
        duckdb.execute(f"copy ({query}) to '{path.replace(chr(39), chr(39) * 2)}' (format parquet)")
        return path

    def land(self, leads, events=None, outcomes=None, mapping=None):
        files = InputFiles(leads, events, outcomes)
        return land_inputs(self.connection, files, mapping or {}, self.aliases)

    def refused(self, *args, **kwargs) -> LeadScoringError:
        with pytest.raises(LeadScoringError) as caught:
            self.land(*args, **kwargs)
        return caught.value

    def rows(self, relation: str = "leads") -> list[tuple]:
        return self.connection.execute(f"from lead_scoring_raw.{relation}").fetchall()

    def columns(self, relation: str = "leads") -> list[str]:
        self.connection.execute(f"from lead_scoring_raw.{relation} limit 0")
        return [column[0] for column in self.connection.description]

    def types(self, relation: str = "leads") -> list[str]:
        described = self.connection.execute(f"describe lead_scoring_raw.{relation}").fetchall()
        return [row[1] for row in described]


@pytest.fixture
def workplace(tmp_path):
    place = Workplace(tmp_path)
    yield place
    place.connection.close()


GOOD = {
    "lf": ("lead_id,a\n1,x\n2,y\n", [("1", "x"), ("2", "y")]),
    "crlf": ("lead_id,a\r\n1,x\r\n2,y\r\n", [("1", "x"), ("2", "y")]),
    "no_final_line_end": ("lead_id,a\n1,x\n2,y", [("1", "x"), ("2", "y")]),
    "no_final_line_end_crlf": ("lead_id,a\r\n1,x\r\n2,y", [("1", "x"), ("2", "y")]),
    "no_final_line_end_quoted": ('lead_id,a\n1,"x"', [("1", "x")]),
    "blank_lines_at_the_end": ("lead_id,a\n1,x\n\n\n", [("1", "x")]),
    "blank_lines_at_the_end_crlf": ("lead_id,a\r\n1,x\r\n\r\n\r\n", [("1", "x")]),
    "blank_line_between": ("lead_id,a\n1,x\n\n2,y\n", [("1", "x"), ("2", "y")]),
    "byte_order_mark": ("\ufefflead_id,a\n1,x\n", [("1", "x")]),
    "byte_order_mark_and_quotes": ('\ufeff"lead_id",a\n1,x\n', [("1", "x")]),
    "one_column": ("lead_id\n1\n2\n", [("1",), ("2",)]),
    "one_column_blank_lines": ('lead_id\n1\n\n2\n""\n3\n\n', [("1",), ("2",), (None,), ("3",)]),
    "one_column_crlf": ('lead_id\r\n1\r\n\r\n""\r\n2', [("1",), (None,), ("2",)]),
    "one_column_quotes": ('lead_id\n""""\n"a""b"\n"x\ny"\n', [('"',), ('a"b',), ("x\ny",)]),
    "empty_cells": ('lead_id,a\n1,\n"",""\n,\n', [("1", None), (None, None), (None, None)]),
    "doubled_quotes": ('lead_id,a\n"o""b","""q"""\n1,""""\n', [('o"b', '"q"'), ("1", '"')]),
    "comma_in_quotes": ('lead_id,a\n1,"x,y"\n', [("1", "x,y")]),
    "line_break_in_quotes": ('lead_id,a\n1,"x\n,y"\n2,"\r\nz"\n', [("1", "x\n,y"), ("2", "\r\nz")]),
    "line_break_in_quotes_crlf": (
        'lead_id,a\r\n1,"x\ny"\r\n2,"\rz"\r\n',
        [("1", "x\ny"), ("2", "\rz")],
    ),
    "quote_in_a_bare_cell": (
        'lead_id,a\n1,5" pipe\n2,7" pipe\n3,z\n',
        [("1", '5" pipe'), ("2", '7" pipe'), ("3", "z")],
    ),
    "white_space_stays": ("lead_id,a\n 007 ,\t x \n", [(" 007 ", "\t x ")]),
    "words_that_mean_null_elsewhere": (
        "lead_id,a\nNULL,\\N\nnull,NaN\n",
        [("NULL", "\\N"), ("null", "NaN")],
    ),
    "backslashes": ('lead_id,a\n"a\\",b\\n\n', [("a\\", "b\\n")]),
    "comment_like": ("lead_id,a\n#1,x\n//2,y\n", [("#1", "x"), ("//2", "y")]),
    "header_again": ("lead_id,a\nlead_id,a\n", [("lead_id", "a")]),
    "other_scripts": ("lead_id,a\n名前,🦆\nÄ-1,é\n", [("名前", "🦆"), ("Ä-1", "é")]),
    "looks_like_code": (
        "lead_id,a\n';drop table x;--,{{ 1 }}\n",
        [("';drop table x;--", "{{ 1 }}")],
    ),
    "header_with_line_break": ('lead_id,"a\nb"\n1,x\n', [("1", "x")]),
}


@pytest.mark.parametrize(("content", "expected"), GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".csv.gz"])
def test_csv_is_landed_as_the_text_that_came_in(workplace, content, expected, suffix):
    data = content.encode()
    path = workplace.write("leads" + suffix, gzip.compress(data) if "gz" in suffix else data)
    landed = workplace.land(path)
    assert workplace.rows() == expected
    assert landed.relations["leads"].row_count == len(expected)
    assert set(workplace.types()) == {"VARCHAR"}


BAD = {
    "semicolons": ("lead_id;email\n1;x\n", 1, "separated by semicolons"),
    "semicolons_between_quotes": ('"lead_id";"email"\n"1";"x"\n', 1, "separated by semicolons"),
    "tabs_between_quotes": ('"lead_id"\t"email"\n', 1, "separated by tabs"),
    "semicolons_and_decimal_commas": ("lead_id;a;b,c\n1;2;3,4\n", 1, "separated by semicolons"),
    "tabs": ("lead_id\temail\n1\tx\n", 1, "separated by tabs"),
    "vertical_bars": ("lead_id|email\n1|x\n", 1, "separated by vertical bars"),
    "latin_1": ("lead_id,a\n1,x\n2,caf\xe9\n".encode("latin-1"), 3, "not UTF-8 (byte 0xe9)"),
    "latin_1_header": ("lead_id,a\xe9\n1,x\n".encode("latin-1"), 1, "not UTF-8"),
    "latin_1_in_a_cell_of_lines": ('lead_id,a\n1,"x\n\xe9"\n'.encode("latin-1"), 3, "not UTF-8"),
    "surrogates": (b"lead_id,a\n1,\xed\xa0\x80\n", 2, "not UTF-8"),
    "utf_16": ("lead_id,a\n1,x\n".encode("utf-16"), None, "UTF-16"),
    "utf_16_without_mark": ("lead_id,a\n1,x\n".encode("utf-16-le"), 1, "NUL"),
    "nul": ("lead_id,a\n1,x\n2,y\0z\n", 3, "NUL"),
    "nul_in_quotes": ('lead_id,a\n1,"x\n\0"\n', 3, "NUL"),
    "unclosed_quote": ('lead_id,a\n1,x\n2,"y\n3,z\n', 3, "never closed"),
    "unclosed_quote_at_the_end": ('lead_id,a\n1,x\n2,"', 3, "never closed"),
    "unclosed_quote_after_doubled_one": ('lead_id,a\n1,"x""\n', 2, "never closed"),
    "unclosed_quote_before_a_quoted_cell": ('lead_id,a\n1,"x\n2,"y"\n', 2, "text follows"),
    "unclosed_quote_in_the_header": ('lead_id,"a\n1,x\n', 1, "never closed"),
    "text_after_quotes": ('lead_id,a\n1,"x"y\n', 2, "text follows"),
    "text_after_empty_quotes": ('lead_id,a\n1,""y\n', 2, "text follows"),
    "space_after_quotes": ('lead_id,a\n1,"x" \n', 2, "text follows"),
    "space_before_quotes": ('lead_id,a\n1, "x"\n', 2, "white space stands before"),
    "too_few_cells": ("lead_id,a\n1,x\n2\n3,z\n", 3, "has 1 cell, the header 2 cells"),
    "too_many_cells": ("lead_id,a\n1,x\n2,y,z\n", 3, "has 3 cells"),
    "too_many_cells_empty": ("lead_id,a\n1,x\n2,y,\n", 3, "has 3 cells"),
    "ragged_after_a_cell_of_lines": ('lead_id,a\n"1\n\n",x\n2\n', 5, "has 1 cell"),
    "line_of_spaces": ("lead_id,a\n1,x\n  \n", 3, "has 1 cell"),
    "carriage_returns": ("lead_id,a\r1,x\r", 1, "CR alone"),
    "carriage_return_within": ("lead_id,a\n1,x\ry\n", 2, "CR alone"),
    "carriage_return_as_line_end": ("lead_id,a\r\n1,x\r2,y\r\n", 2, "CR alone"),
    "carriage_return_at_the_end": ("lead_id,a\r\n1,x\r", 2, "CR alone"),
    "crlf_after_lf": ("lead_id,a\n1,x\n2,y\r\n", 3, "as the header does"),
    "lf_after_crlf": ("lead_id,a\r\n1,x\n2,y\r\n", 2, "as the header does"),
    "no_bytes": ("", None, "empty"),
    "mark_alone": ("\ufeff", None, "empty"),
    "blank_lines_alone": ("\n\n\n", None, "empty"),
    "blank_first_line": ("\nlead_id,a\n1,x\n", 1, "first line is blank"),
    "blank_header_name": ("lead_id,,b\n1,x,y\n", 1, "column 2 has no name"),
    "white_header_name": ("lead_id,\u00a0 ,b\n1,x,y\n", 1, "column 2 has no name"),
    "header_ends_with_a_comma": ("lead_id,\n1,x\n", 1, "column 2 has no name"),
    "duplicate_header": ("lead_id,a,a\n1,x,y\n", 1, "is that of column 2 too"),
    "duplicate_header_in_case": ("lead_id,a,A \n1,x,y\n", 1, "is that of column 2 too"),
    "header_only": ("lead_id,a\n", None, "no lead"),
    "header_only_without_line_end": ("lead_id,a", None, "no lead"),
}


@pytest.mark.parametrize(("content", "line", "words"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_other_files_are_refused_with_file_and_line(workplace, content, line, words, suffix):
    data = content.encode() if isinstance(content, str) else content
    path = workplace.write("leads" + suffix, gzip.compress(data) if "gz" in suffix else data)
    error = workplace.refused(path)
    assert isinstance(error, UsageError)
    (problem,) = error.problems
    assert (problem.file, problem.line) == (path, line)
    assert words in problem.message
    assert str(error) == problem.sentence()


@pytest.mark.parametrize("block", [4, 7, 16])
@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_the_size_of_the_blocks_makes_no_difference(tmp_path, monkeypatch, name, block):
    content = {**GOOD, **BAD}[name][0]
    path = tmp_path / "leads.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    whole = csv_files.scan_csv(path, "leads.csv")
    monkeypatch.setattr(csv_files, "_BLOCK", block)
    in_blocks = csv_files.scan_csv(path, "leads.csv")
    assert in_blocks.problems == whole.problems
    if not whole.problems:
        assert (in_blocks.header, in_blocks.rows) == (whole.header, whole.rows)
        assert in_blocks.is_simple == whole.is_simple


CELLS = st.text(alphabet='ab,"\n\r é;', max_size=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12),
    style=st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
    block=st.sampled_from([1, 5, 1 << 20]),
)
def test_whatever_a_csv_writer_writes_is_read_back(workplace, monkeypatch, rows, style, block):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=style[0], quoting=style[1])
    writer.writerows([("lead_id", "a", "b"), *rows])
    monkeypatch.setattr(csv_files, "_BLOCK", block)
    workplace.land(workplace.write("leads.csv", text.getvalue()))
    assert workplace.rows() == [tuple(cell or None for cell in row) for row in rows]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.text(alphabet='a,"\n\r ', max_size=40))
def test_a_strange_file_is_refused_or_read_as_python_reads_it(workplace, body):
    content = f"lead_id,a\nz,z\n{body}"
    path = workplace.write("leads.csv", content)
    try:
        workplace.land(path)
    except UsageError as error:
        assert error.problems
        return
    with Path(path).open(newline="") as stream:
        expected = [tuple(cell or None for cell in row) for row in csv.reader(stream) if row][1:]
    assert workplace.rows() == expected


def test_all_ragged_rows_are_named_up_to_a_hundred(workplace):
    path = workplace.write("leads.csv", "lead_id,a\n" + "1\n" * 250)
    problems = workplace.refused(path).problems
    assert [problem.line for problem in problems[:100]] == list(range(2, 102))
    assert "was not read" in problems[100].message
    assert len(problems) == 101


def test_a_late_mistake_in_a_long_file_has_its_line(workplace):
    row = '1,"x ""y"" z",é\n'
    path = workplace.write("leads.csv", "lead_id,a,b\n" + row * 200_000 + "1,2\n" + row)
    (problem,) = workplace.refused(path).problems
    assert problem.line == 200_002


def test_cells_of_three_megabytes_are_read(workplace):
    bare = "x" * 3_000_000
    quoted = '"\n,é' * 50_000 + bare
    cell = quoted.replace('"', '""')
    body = f'1,{bare},{bare}\n2,"{cell}",y\n' + "3,a,b\n" * 20_000 + f'4,"{cell}","{cell}"\n'
    landed = workplace.land(workplace.write("leads.csv", "lead_id,a,b\n" + body))
    assert landed.relations["leads"].row_count == 20_003
    rows = workplace.rows()
    assert rows[0] == ("1", bare, bare)
    assert rows[1] == ("2", quoted, "y")
    assert rows[-1] == ("4", quoted, quoted)


def test_a_row_beyond_the_limit_is_refused(workplace, monkeypatch):
    monkeypatch.setattr(csv_files, "_BLOCK", 64)
    monkeypatch.setattr(csv_files, "_LONGEST_RECORD", 1000)
    path = workplace.write("leads.csv", "lead_id,a\n1,x\n2," + "y" * 5000)
    (problem,) = workplace.refused(path).problems
    assert problem.line == 3
    assert "longer than" in problem.message


def test_five_hundred_columns(workplace):
    header = ",".join(["lead_id", *(f"Column {place}" for place in range(499))])
    row = ",".join(str(place) for place in range(500))
    workplace.land(workplace.write("leads.csv", f"{header}\n{row}\n{row}\n"))
    assert len(workplace.columns()) == 500
    assert workplace.rows()[1] == tuple(str(place) for place in range(500))


@pytest.mark.parametrize(
    "content",
    [
        # A test's name is made of its values, and gzip writes the time into what it packs.
        pytest.param(gzip.compress(b"lead_id\n1\n" * 99)[:-12], id="cut off"),
        pytest.param(b"lead_id\n1\n", id="not packed"),
    ],
)
def test_a_damaged_gzip_file_is_refused(workplace, content):
    (problem,) = workplace.refused(workplace.write("leads.csv.gz", content)).problems
    assert "gzip" in problem.message


@pytest.mark.parametrize(
    "name",
    ["leads [1].csv", "le*ds?.csv", "qu'ote\".csv", "a{b}.csv", "sp ace;--.csv", "[x]/le[]ads.csv"],
)
def test_a_file_of_a_strange_name_is_that_file(workplace, name):
    workplace.write("leads 1.csv", "lead_id\nwrong\n")
    workplace.write("leads1.csv", "lead_id\nwrong\n")
    landed = workplace.land(workplace.write(name, "lead_id\nright\n"))
    assert workplace.rows() == [("right",)]
    assert landed.relations["leads"].files == (str(workplace.folder / name),)
    parquet = workplace.parquet(name.replace(".csv", ".parquet"), "select 'typed' as lead_id")
    workplace.land(parquet)
    assert workplace.rows() == [("typed",)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.csv", "no such file"),
        ("nowhere-*.csv", "no file matches"),
        ("folder", "a folder"),
        ("folder.csv", "a folder"),
        ("leads.xlsx", "what kind"),
        ("leads", "what kind"),
        ("mixed.*", "mixed"),
    ],
)
def test_what_is_no_input_file_is_refused(workplace, name, words):
    (workplace.folder / "folder").mkdir()
    (workplace.folder / "folder.csv").mkdir()
    for other in ("leads.xlsx", "leads", "mixed.csv"):
        workplace.write(other, "lead_id\n1\n")
    workplace.parquet("mixed.parquet", "select '1' as lead_id")
    error = workplace.refused(str(workplace.folder / name))
    assert isinstance(error, UsageError)
    (problem,) = error.problems
    assert words in problem.message


def test_an_empty_path_is_refused(workplace):
    assert isinstance(workplace.refused(""), UsageError)


@pytest.mark.parametrize("name", ["leads.csv", "leads.csv.gz", "leads.parquet"])
def test_a_file_that_may_not_be_read_is_a_matter_of_storage(workplace, monkeypatch, name):
    path = workplace.write(name, "lead_id\n1\n")

    def forbid(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(Path, "open", forbid)
    monkeypatch.setattr(csv_files.gzip, "open", forbid)
    monkeypatch.setattr("lead_scoring.inputs.read_aliases", lambda _path: {})
    error = workplace.refused(path)
    assert isinstance(error, StorageError)
    assert error.exit_code == 4
    assert error.problems[0].file == path


def test_a_glob_is_read_by_name_in_the_order_of_its_names(workplace):
    workplace.write("in/b.csv", "a,Lead ID,only b\nx2,2,z\n")
    workplace.write("in/a.csv", "lead_id,A\n1,x1\n")
    workplace.write("in/c.csv", "ID\r\n3\r\n")
    landed = workplace.land(str(workplace.folder / "in" / "*.csv"))
    assert workplace.columns() == ["lead_id", "A", "only b"]
    assert workplace.rows() == [("1", "x1", None), ("2", "x2", "z"), ("3", None, None)]
    assert [Path(file).name for file in landed.relations["leads"].files] == [
        "a.csv",
        "b.csv",
        "c.csv",
    ]
    assert landed.relations["leads"].row_count == 3
    assert landed.attributes == ("lead_id", "a", "only b")


def test_parquet_is_a_view_of_typed_columns(workplace):
    path = workplace.parquet(
        "leads.parquet",
        "select 7 as \"Lead ID\", timestamp '2026-01-01 10:00' as created_at, [1, 2] as tags, "
        "{'a': 1} as nested union all select 8, null, null, null",
    )
    landed = workplace.land(path)
    assert workplace.columns() == ["lead_id", "created_at", "tags", "nested"]
    assert workplace.types() == ["INTEGER", "TIMESTAMP", "INTEGER[]", "STRUCT(a INTEGER)"]
    assert landed.relations["leads"].row_count == 2
    kind = workplace.connection.execute(
        "select table_type from information_schema.tables where table_name = 'leads'"
    ).fetchall()
    assert kind == [("VIEW",)]


def test_parquet_files_of_different_columns_are_read_by_name(workplace):
    workplace.parquet("p1.parquet", "select 7 as lead_id, 'x' as a, [1] as t")
    workplace.parquet("p2.parquet", "select 8 as lead_id, 'y' as a, [2] as t")
    workplace.parquet("p3.parquet", "select {'s': 1} as t, '007' as \"Lead Id\", 1.5 as b")
    landed = workplace.land(str(workplace.folder / "p?.parquet"))
    assert sorted(workplace.rows()) == [
        ("007", None, "{'s': 1}", workplace.rows()[2][3]),
        ("7", "x", "[1]", None),
        ("8", "y", "[2]", None),
    ]
    assert workplace.types()[:3] == ["VARCHAR", "VARCHAR", "VARCHAR"]
    assert landed.relations["leads"].row_count == 3


def test_a_folder_that_looks_like_a_partition_adds_no_column(workplace):
    (workplace.folder / "day=1").mkdir()
    workplace.land(workplace.parquet("day=1/leads.pq", "select '1' as lead_id"))
    assert workplace.columns() == ["lead_id"]


def test_a_relative_parquet_path_is_seen_from_elsewhere(workplace, monkeypatch):
    workplace.parquet("leads.parquet", "select '1' as lead_id")
    monkeypatch.chdir(workplace.folder)
    landed = workplace.land("leads.parquet")
    monkeypatch.chdir("/")
    assert workplace.rows() == [("1",)]
    assert landed.relations["leads"].files == ("leads.parquet",)
    assert landed.relations["leads"].paths == (workplace.folder / "leads.parquet",)


@pytest.mark.parametrize("damage", ["cut", "empty", "text"])
def test_a_damaged_parquet_is_refused(workplace, damage):
    path = Path(workplace.parquet("leads.parquet", "select '1' as lead_id"))
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-20], "empty": b"", "text": b"lead_id\n1\n" * 9}[damage])
    error = workplace.refused(str(path))
    assert isinstance(error, UsageError)
    (problem,) = error.problems
    assert (problem.file, problem.line) == (str(path), None)
    assert "damaged" in problem.message


def test_a_parquet_without_a_row_has_no_lead(workplace):
    path = workplace.parquet("leads.parquet", "select '1' as lead_id where false")
    assert "no lead" in str(workplace.refused(path))


def test_absent_inputs_are_empty_tables(workplace):
    landed = workplace.land(workplace.write("leads.csv", "lead_id\n1\n"))
    assert workplace.columns("events") == ["event_id", "lead_id", "event_type", "occurred_at"]
    assert workplace.columns("outcomes") == ["lead_id", "outcome", "occurred_at"]
    assert workplace.rows("events") == workplace.rows("outcomes") == []
    assert list(landed.relations) == ["leads", "events", "outcomes"]
    assert landed.relations["events"].files == ()
    assert (landed.event_properties, landed.event_types) == ((), ())


def test_events_and_outcomes_may_have_no_row(workplace):
    leads = workplace.write("leads.csv", "lead_id\n1\n")
    events = workplace.write("events.csv", "event_id,lead_id,event_type,occurred_at\n")
    outcomes = workplace.write("outcomes.csv", "lead_id,outcome,occurred_at")
    landed = workplace.land(leads, events, outcomes)
    assert [each.row_count for each in landed.relations.values()] == [1, 0, 0]


def test_landing_again_replaces_tables_and_views(workplace):
    table = workplace.write("leads.csv", "lead_id\n1\n")
    view = workplace.parquet("leads.parquet", "select '2' as lead_id")
    for path, expected in ((table, "1"), (view, "2"), (view, "2"), (table, "1"), (table, "1")):
        workplace.land(path)
        assert workplace.rows() == [(expected,)]


def test_a_refused_input_changes_nothing(workplace):
    workplace.land(workplace.write("leads.csv", "lead_id\n1\n"))
    workplace.refused(workplace.write("bad.csv", "lead_id,a\n1\n"))
    assert workplace.rows() == [("1",)]


def test_a_failure_while_landing_changes_nothing(workplace, monkeypatch):
    good = workplace.write("leads.csv", "lead_id\n1\n")
    workplace.land(good)

    def cut(path, name):
        scan = csv_files.scan_csv(path, name)
        Path(path).write_text("lead_id\n7\n8\n9\n")
        return scan

    monkeypatch.setattr("lead_scoring.input_parts.scan_csv", cut)
    error = workplace.refused(good)
    assert "changed meanwhile" in str(error)
    assert workplace.rows() == [("1",)]


def test_event_types_are_distinct_trimmed_and_lower_case(workplace):
    leads = workplace.write("leads.csv", "lead_id\n1\n")
    events = workplace.write(
        "events.csv",
        "ID,lead id,Activity Type,Timestamp,Page URL,Plan\n"
        "1,1,\u00a0Page_View ,x,,\n2,1,page_view,x,,\n3,1,,x,,\n4,1,\u200b,x,,\n5,1,Demo,x,,\n",
    )
    landed = workplace.land(leads, events)
    assert landed.event_types == ("demo", "page_view")
    assert landed.event_properties == (
        "event_id", "lead_id", "event_type", "occurred_at", "page_url", "plan",
    )  # fmt: skip
    assert workplace.columns("events")[-1] == "Plan"


def uses(landed, relation="leads"):
    return [
        (use.file_column, use.contract_column, use.how)
        for use in landed.relations[relation].columns
    ]


def test_columns_are_recognised_and_others_kept(workplace):
    path = workplace.write(
        "leads.csv", "Lead.ID,E-Mail,Number of Employees, Budget ,JOB_title\n1,e,5,b,j\n"
    )
    landed = workplace.land(path)
    assert workplace.columns() == ["lead_id", "email", "company_size", "Budget", "job_title"]
    assert uses(landed) == [
        ("Lead.ID", "lead_id", How.NORMALISED),
        ("E-Mail", "email", How.NORMALISED),
        ("Number of Employees", "company_size", How.ALIAS),
        (" Budget ", None, How.EXTRA),
        ("JOB_title", "job_title", How.NORMALISED),
    ]
    assert landed.attributes == ("lead_id", "email", "company_size", "budget", "job_title")
    assert landed.problems == ()


@pytest.mark.parametrize(
    ("header", "winner"),
    [
        ("Lead ID,lead_id", "lead_id"),
        ("Contact ID,lead_id", "lead_id"),
        ("Contact ID,Lead ID", "Lead ID"),
    ],
)
def test_the_stronger_name_wins_with_a_warning(workplace, header, winner):
    landed = workplace.land(workplace.write("leads.csv", f"{header}\n1,2\n"))
    (loser,) = set(header.split(",")) - {winner}
    assert sorted(workplace.columns()) == sorted(["lead_id", loser])
    (problem,) = landed.problems
    assert problem.severity is Severity.WARNING
    assert problem.column == "lead_id"
    assert winner in problem.message and loser in problem.message


@pytest.mark.parametrize("header", ["Lead ID,lead-id", "Contact ID,ID"])
def test_equally_strong_names_are_refused_until_one_is_mapped(workplace, header):
    path = workplace.write("leads.csv", f"{header}\n1,2\n")
    (problem,) = workplace.refused(path).problems
    first, second = header.split(",")
    assert first in problem.message and second in problem.message
    assert "--map" in problem.allowed
    landed = workplace.land(path, mapping={"leads": {"lead_id": second}})
    assert workplace.columns() == [first, "lead_id"]
    assert (second, "lead_id", How.MAPPING) in uses(landed)


def test_a_mapping_wins_and_the_displaced_column_keeps_its_cells(workplace):
    path = workplace.write("leads.csv", "lead_id,External Key,email\n1,x,e\n")
    landed = workplace.land(path, mapping={"leads": {"lead_id": "external key"}})
    assert workplace.columns() == ["lead_id_original", "lead_id", "email"]
    assert workplace.rows() == [("1", "x", "e")]
    (problem,) = landed.problems
    assert "lead_id_original" in problem.message
    assert problem.severity is Severity.WARNING


def test_a_displaced_column_without_a_free_name_is_refused(workplace):
    path = workplace.write("leads.csv", "lead_id,Key,LEAD_ID_original\n1,x,e\n")
    (problem,) = workplace.refused(path, mapping={"leads": {"lead_id": "Key"}}).problems
    assert "lead_id_original" in problem.message


def test_one_column_may_be_mapped_twice(workplace):
    path = workplace.write("leads.csv", "Mail,a\nx@y,1\n")
    workplace.land(path, mapping={"leads": {"lead_id": "Mail", "email": "Mail"}})
    assert dict(zip(workplace.columns(), workplace.rows()[0], strict=True)) == {
        "lead_id": "x@y",
        "email": "x@y",
        "a": "1",
    }


def test_a_mapped_column_need_not_be_in_every_file(workplace):
    workplace.write("l1.csv", "lead_id,Mail\n1,a\n")
    workplace.write("l2.csv", "lead_id,email\n2,b\n")
    workplace.land(str(workplace.folder / "l?.csv"), mapping={"leads": {"email": "Mail"}})
    assert workplace.rows() == [("1", "a"), ("2", "b")]


def test_a_mapping_to_nothing_is_refused_with_the_nearest_name(workplace):
    path = workplace.write("leads.csv", "lead_id,Work Mail\n1,a\n")
    (problem,) = workplace.refused(path, mapping={"leads": {"email": "Wrok Mail"}}).problems
    assert problem.nearest == "Work Mail"


def test_a_mapping_of_an_absent_input_is_a_warning(workplace):
    path = workplace.write("leads.csv", "lead_id\n1\n")
    (problem,) = workplace.land(path, mapping={"events": {"value": "x"}}).problems
    assert problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("header", "nearest"),
    [("Leed_Id,a", "Leed_Id"), ("contact idd,a", "contact idd"), ("x,y", None)],
)
def test_a_missing_required_column_names_the_nearest(workplace, header, nearest):
    (problem,) = workplace.refused(workplace.write("leads.csv", f"{header}\n1,2\n")).problems
    assert (problem.column, problem.nearest) == ("lead_id", nearest)


def test_every_mistake_of_every_file_is_told(workplace):
    leads = workplace.write("leads.csv", "name\nx\n")
    workplace.write("e1.csv", "event_id,occurred_at\n1\n")
    workplace.write("e2.csv", "event_id,lead_id\n1,2\n")
    outcomes = str(workplace.folder / "none.csv")
    error = workplace.refused(leads, str(workplace.folder / "e?.csv"), outcomes)
    assert isinstance(error, UsageError)
    assert [(Path(each.file).name, each.column, each.line) for each in error.problems] == [
        ("leads.csv", "lead_id", None),
        ("e1.csv", None, 2),
        ("e2.csv", "event_type", None),
        ("e2.csv", "occurred_at", None),
        ("none.csv", None, None),
    ]


def test_strange_column_names_are_kept(workplace):
    names = ['q"uote', "s'ingle", "a;b--", "{{ x }}", "select", "名前", "%"]
    text = io.StringIO()
    csv.writer(text).writerows([["lead_id", *names], ["1", *names]])
    workplace.land(workplace.write("leads.csv", text.getvalue()))
    assert workplace.columns() == ["lead_id", *names]
    assert workplace.rows() == [("1", *names)]
    parquet = str(workplace.folder / "leads.parquet")
    workplace.connection.execute(f"copy (from lead_scoring_raw.leads) to '{parquet}'")
    workplace.land(parquet)
    assert workplace.columns() == ["lead_id", *names]


def test_check_needs_no_database(workplace):
    leads = workplace.write("leads.csv", "lead_id,a\n1,x\n2,\n")
    events = workplace.parquet(
        "events.parquet",
        "select 1 as event_id, 1 as lead_id, 'Demo' as event_type, now() as occurred_at",
    )
    files = InputFiles(leads, events, None)
    checked = check_inputs(files, {}, workplace.aliases)
    assert checked == land_inputs(workplace.connection, files, {}, workplace.aliases)
    with pytest.raises(UsageError):
        check_inputs(InputFiles(leads, leads, None), {}, workplace.aliases)


def test_a_mapping_is_read_from_options_and_file(tmp_path):
    path = tmp_path / "mapping.yml"
    path.write_text("leads:\n  email: Mail\n  lead_id: 'Key'\nOutcomes: {revenue: Amount}\n")
    mapping = parse_mapping(["leads.email=Work = Mail", "events.Value=Amount"], path)
    assert mapping == {
        "leads": {"email": "Work = Mail", "lead_id": "Key"},
        "events": {"value": "Amount"},
        "outcomes": {"revenue": "Amount"},
    }
    path.write_text("# nothing yet\n")
    assert parse_mapping([], path) == parse_mapping([]) == {}


@pytest.mark.parametrize(
    ("option", "nearest"),
    [
        ("leads.email", None),
        ("email=Mail", None),
        ("leads.email= ", None),
        ("lead.email=Mail", "leads"),
        ("leads.emial=Mail", "email"),
        ("leads.=Mail", None),
    ],
)
def test_a_wrong_mapping_option_is_refused(option, nearest):
    with pytest.raises(UsageError) as caught:
        parse_mapping([option])
    (problem,) = caught.value.problems
    assert problem.nearest == nearest


def test_a_column_mapped_to_two_is_refused():
    with pytest.raises(UsageError, match=r"'A' and to 'B'"):
        parse_mapping(["leads.email=A", "leads.email=B"])


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("leads: [", 1),
        ("- a", 1),
        ("leads: Email", 1),
        ("leads: {email: 7}", 1),
        ("leads: {email: }", 1),
        ("leads: {emial: x, zzz: y}\nlaeds: {email: x}", 3),
        ("leads: {email: x, email: y}", 1),
        ("leads: !!python/object:os.system {}", 1),
        ("? [a]\n: b", 1),
        (b"leads: {email: \xe9}", 1),
        (None, 1),
    ],
)
def test_a_wrong_mapping_file_is_refused(tmp_path, content, count):
    path = tmp_path / "mapping.yml"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UsageError) as caught:
        parse_mapping([], path)
    assert len(caught.value.problems) == count
    assert {problem.file for problem in caught.value.problems} == {str(path)}


def test_an_alias_of_two_columns_is_refused(workplace):
    workplace.aliases.write_text(ALIASES + "leads,email,id\n")
    with pytest.raises(UsageError, match="stands for"):
        workplace.land(workplace.write("leads.csv", "lead_id\n1\n"))
