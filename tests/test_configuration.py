"""What the contract allows passes; each mistake is refused at its file, line and column."""

from __future__ import annotations

import csv
import io
import random
import time
from pathlib import Path

import duckdb
import pytest

from lead_scoring.configuration import SEEDS, fingerprint, write_canonical
from lead_scoring.configuration_checks import check_configuration
from lead_scoring.errors import Severity, UsageError
from lead_scoring.init_config import init_configuration
from lead_scoring.regular_expressions import PatternError, check_pattern

ROOT = Path(__file__).parents[1]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("case_*"))

VALID = {
    "models": """\
model_id,description,is_champion,fit_weight,engagement_weight,fit_max_points,engagement_max_points,min_score,max_score
core,Core,true,1,0.5,100,,0,200
rival,Rival,false,,,,,,
""",
    "groups": """\
model_id,group_id,dimension,combine,min_points,max_points,description
core,role,fit,max,,40,Role
core,web,engagement,sum,-10,60,Web
rival,all,engagement,sum,,,
""",
    "criteria": """\
model_id,criterion_id,group_id,signal,subject,operator,value,filter_property,filter_operator,filter_value,points,weight,window_days,max_occurrences,max_per_day,decay_policy,description
core,boss,role,attribute,job_title,has_word,head of|vp,,,,20,1.5,,,,,Leads a function
core,views,web,event,page_view,,,page_url,contains,/pricing,5,,90,10,2,half,Pricing page
core,often,web,frequency,page_view,between,3|10,,,,5,,30,,,,Often here
core,silent,web,recency,*,gte,60,,,,-10,,,,,,Silent
rival,spend,all,monetary,purchase,gt,1e3,,,,7,,,,,,Spent a lot
""",
    "decay_policies": """\
decay_policy,method,half_life_days,lifetime_days,step_days,step_fraction,description
keep,none,,,,,
half,exponential,14.5,,,,
fade,linear,,90,,,
steps,step,,,30,0.25,
""",
    "bands": """\
model_id,dimension,band,min_points
core,fit,A,20
core,fit,B,
core,engagement,1,10.5
core,engagement,2,
rival,fit,A,
rival,engagement,1,
""",
    "stages": """\
model_id,stage,stage_order,min_score,min_fit,min_engagement,required_criterion,description
core,prospect,1,,,,,
core,lead,2,10,,,,
core,mql,3,20,10,,,
core,eql,4,5,,,boss,
core,sql,5,40,20,10,,
rival,prospect,1,,,,,
""",
    "exclusions": """\
model_id,exclusion_id,attribute,operator,value,reason
core,rival,company_domain,in,rival.example|foe.example,competitor
core,gone,is_unsubscribed,is_true,,unsubscribed
""",
    "actions": """\
model_id,stage,fit_band,engagement_band,action,owner_team,sla_hours,nurture_track
core,sql,A,1,call now,sales,4,
core,sql,,,call,sales,,
core,customer,,,thank,success,,
core,disqualified,,,none,,,
""",
    "conversion_model": """\
model_id,term,coefficient,fitted_on,horizon_days
core,intercept,-2.5,2026-05-31,30
""",
    "promotions": """\
promoted_at,previous_champion,champion,verdict,is_override,reason,previous_auc,auc,auc_difference,auc_difference_low,auc_difference_high,inputs,first_date,last_date,horizon_days,evaluated_at,configuration_fingerprint
2026-06-01T09:30Z,gone,core,worse,true,wanted,0.7,0.6,-0.1,-0.15,-0.05,files,2026-01-05,2026-04-27,30,2026-06-01T09:00:00,a1
""",
}


def file_name(seed):
    return f"lead_scoring__{seed}.csv"


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "config"
    target.mkdir()
    for seed, text in VALID.items():
        (target / file_name(seed)).write_text(text, encoding="utf-8")
    return target


def set_cell(folder, seed, line, column, value):
    """Put a value into the cell of a line (the header is line 1) and column."""
    path = folder / file_name(seed)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    rows[line - 1][rows[0].index(column)] = value
    write_rows(path, rows)


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def add_line(folder, seed, text):
    """Append a line and return its number."""
    path = folder / file_name(seed)
    path.write_text(path.read_text(encoding="utf-8") + text + "\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").count("\n")


def the_problem(found, seed, line, column, severity=Severity.ERROR):
    """Return the one problem at a place; it must be there."""
    matches = [
        problem
        for problem in found
        if problem.file.endswith(file_name(seed))
        and (problem.line, problem.column, problem.severity) == (line, column, severity)
    ]
    assert len(matches) == 1, [problem.sentence() for problem in found]
    return matches[0]


# What is allowed


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
def test_golden_configurations_pass(case):
    assert [problem.sentence() for problem in check_configuration(case / "config").errors] == []


def test_all_golden_cases_are_there():
    assert len(GOLDEN) == 4


def test_default_configuration_passes():
    checked = check_configuration(ROOT / "seeds" / "scoring")
    assert [problem.sentence() for problem in checked.problems] == []


def test_valid_configuration_has_no_problem(folder):
    checked = check_configuration(folder)
    assert checked.problems == []
    assert checked.configuration.champion == "core"
    assert checked.configuration.model_ids == ["core", "rival"]


@pytest.mark.parametrize(
    ("seed", "line", "column", "value"),
    [
        ("criteria", 2, "points", "1e2"),
        ("criteria", 2, "points", "-9999999.9999"),
        ("criteria", 2, "points", "1.50000"),
        ("criteria", 2, "points", " +007. "),
        ("criteria", 2, "points", ".5"),
        ("criteria", 2, "weight", "0"),
        ("criteria", 2, "weight", "9999.9999"),
        ("criteria", 3, "window_days", "3e1"),
        ("criteria", 3, "window_days", "30.0"),
        ("criteria", 3, "filter_operator", "IS_BLANK"),
        ("criteria", 2, "signal", " Attribute\u00a0"),
        ("criteria", 2, "value", "Geschäftsführer| 社長 |7"),
        ("criteria", 4, "value", "-1e3|-1e3"),
        ("criteria", 5, "value", "60.5"),
        ("decay_policies", 3, "half_life_days", "0.25"),
        ("decay_policies", 5, "step_fraction", "0"),
        ("decay_policies", 5, "step_fraction", "1"),
        ("stages", 2, "stage_order", "-3"),
        ("stages", 3, "stage", "Lead"),
        ("models", 3, "is_champion", ""),
        ("models", 3, "is_champion", "No"),
        ("actions", 2, "sla_hours", "12"),
        ("exclusions", 2, "reason", ""),
        ("groups", 2, "min_points", "40"),
    ],
)
def test_allowed_cells_pass(folder, seed, line, column, value):
    set_cell(folder, seed, line, column, value)
    errors = check_configuration(folder).errors
    assert [problem.sentence() for problem in errors] == []


@pytest.mark.parametrize("operator", ["equals", "not_contains", "is_blank", "in", "has_word"])
def test_figures_of_events_take_every_operator(folder, operator):
    set_cell(folder, "criteria", 5, "operator", operator)
    set_cell(folder, "criteria", 5, "value", "" if operator == "is_blank" else "7")
    assert check_configuration(folder).problems == []


@pytest.mark.parametrize("seed", ["decay_policies", "exclusions", "actions"])
def test_three_files_may_be_absent(folder, tmp_path, seed):
    (folder / file_name(seed)).unlink()
    set_cell(folder, "criteria", 3, "decay_policy", "")
    checked = check_configuration(folder)
    assert checked.problems == []
    write_canonical(checked.configuration, tmp_path / "out")
    assert (tmp_path / "out" / file_name(seed)).read_text() == VALID[seed].splitlines()[0] + "\n"


def test_optional_columns_may_be_absent(folder):
    (folder / file_name("models")).write_text("is_champion,model_id\ntrue,core\nfalse,rival\n")
    (folder / file_name("exclusions")).write_text(
        "model_id,exclusion_id,attribute,operator\ncore,gone,is_unsubscribed,is_true\n"
    )
    assert check_configuration(folder).problems == []


# What people read is published as it was written.
PROSE = ("description", "reason", "action", "owner_team", "nurture_track")


def test_form_of_a_file_does_not_matter(folder):
    before = check_configuration(folder).configuration
    for seed in VALID:
        path = folder / file_name(seed)
        rows = list(csv.reader(io.StringIO(path.read_text())))
        head, *body = [list(reversed(row)) for row in rows]
        random.Random(7).shuffle(body)
        padded = [
            [
                cell if name in PROSE else f" {cell}\u200b"
                for name, cell in zip(head, row, strict=True)
            ]
            for row in body
        ]
        header = [f" {name}\u200b" for name in head]
        cells = [",".join(f'"{cell}"' for cell in row) for row in [header, *padded]]
        path.write_bytes(("\ufeff" + "\r\n".join(cells) + "\r\n\r\n").encode())
    after = check_configuration(folder)
    assert after.problems == []
    assert fingerprint(after.configuration) == fingerprint(before)
    (folder / file_name("models")).write_text(VALID["models"].replace("0.5", "0.6"))
    assert fingerprint(check_configuration(folder).configuration) != fingerprint(before)


# The canonical form


def test_canonical_form(folder, tmp_path):
    (folder / file_name("groups")).write_text(
        "group_id,model_id,combine,dimension,extra,min_points,description\n"
        'role , core,MAX,Fit,x,+1.50e1," a ""b"", c\nd "\n'
        "web,core,Sum,engagement,,-0.0,\ufeff\n"
        "all,rival,sum,engagement,,,007\n"
    )
    write_canonical(check_configuration(folder).configuration, tmp_path / "out")
    assert (tmp_path / "out" / file_name("groups")).read_bytes().decode() == (
        "model_id,group_id,dimension,combine,min_points,max_points,description\n"
        'core,role,fit,max,15,," a ""b"", c\nd "\n'
        "core,web,engagement,sum,0,,\n"
        "rival,all,engagement,sum,,,007\n"
    )


def test_canonical_form_is_its_own(folder, tmp_path):
    write_canonical(check_configuration(folder).configuration, tmp_path / "one")
    write_canonical(check_configuration(tmp_path / "one").configuration, tmp_path / "two")
    for seed in SEEDS:
        one = (tmp_path / "one" / seed.file_name).read_bytes()
        assert one == (tmp_path / "two" / seed.file_name).read_bytes()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1e2", "100"),
        ("+007", "7"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("-0e99", "0"),
        ("25e-2", "0.25"),
        ("1.50000000000000000000000000000000000000", "1.5"),
    ],
)
def test_numbers_become_plain_decimals(folder, text, canonical):
    set_cell(folder, "criteria", 2, "points", text)
    checked = check_configuration(folder)
    assert checked.problems == []
    assert checked.configuration.tables["lead_scoring__criteria"][0]["points"] == canonical


# The conversion model


def write_terms(folder, *rows):
    path = folder / file_name("conversion_model")
    header = "model_id,term,coefficient,fitted_on,horizon_days"
    path.write_text("".join(f"{row}\n" for row in (header, *rows)))


def test_terms_are_the_reserved_ones_and_the_criteria_of_the_model(folder, tmp_path):
    criterion = check_configuration(folder).configuration.tables["lead_scoring__criteria"][0]
    own = criterion["criterion_id"]
    rows = ("core,intercept,-2.50,2026-05-31,30", f"core,{own},1e-2,,", "rival,score,0.5,,")
    write_terms(folder, *rows)
    checked = check_configuration(folder)
    assert checked.problems == []
    write_canonical(checked.configuration, tmp_path / "out")
    assert (tmp_path / "out" / file_name("conversion_model")).read_text().splitlines()[1:] == [
        "core,intercept,-2.5,2026-05-31,30",
        f"core,{own},0.01,,",
        "rival,score,0.5,,",
    ]


@pytest.mark.parametrize(
    ("row", "column", "gist"),
    [
        ("core,scores,1,,", "term", "unknown term 'scores'"),
        ("none,score,1,,", "model_id", "unknown model 'none'"),
        ("core,score,,,", "coefficient", "blank"),
        ("core,score,nan,,", "coefficient", "not a number"),
        ("core,score,0.00000000001,,", "coefficient", "more than 10 decimals"),
        ("core,score,10000000,,", "coefficient", "too large"),
        ("core,score,1,05/31/2026,", "fitted_on", "'05/31/2026' is not a date"),
        ("core,score,1,2026-02-30,", "fitted_on", "'2026-02-30' is not a date"),
        ("core,score,1,,0", "horizon_days", "too small"),
        ("core,intercept,2,,", "term", "stands on line 2 already"),
    ],
)
def test_a_wrong_term_is_refused(folder, row, column, gist):
    write_terms(folder, "core,intercept,1,,", row)
    (problem,) = check_configuration(folder).problems
    assert (problem.line, problem.column) == (3, column)
    assert gist in problem.message


# Files


@pytest.mark.parametrize(
    ("content", "line", "gist"),
    [
        (VALID["bands"].replace(",", ";").encode(), 1, "separated by semicolons"),
        (VALID["bands"].replace(",", "\t").encode(), 1, "separated by tabs"),
        (b'"model_id";"dimension"\n"core";"fit"\n', 1, "separated by semicolons"),
        (b'model_id\t"dimension"\n', 1, "separated by tabs"),
        (VALID["bands"].replace("core,fit,B", "core,fit,é").encode("latin-1"), 3, "not UTF-8"),
        (VALID["bands"].encode("utf-16"), None, "UTF-16"),
        (VALID["bands"].encode("utf-16-le"), 1, "NUL"),
        (VALID["bands"].replace("10.5", "10\0").encode(), 4, "NUL"),
        (VALID["bands"].replace("10.5", '"10.5').encode(), 4, "never closed"),
        (VALID["bands"].replace("10.5", '1"0.5').encode(), 4, "a quote stands inside"),
        (VALID["bands"].replace("10.5", '"10".5').encode(), 4, "follows a closing quote"),
        (VALID["bands"].replace("10.5", "10,5").encode(), 4, "5 cells, the header 4"),
        (VALID["bands"].replace("core,fit,B,", "core,fit,B").encode(), 3, "3 cells, the header 4"),
        (VALID["bands"].replace("\n", "\r").encode(), 1, "CR alone"),
        (VALID["bands"].replace("band,", "model_id,", 1).encode(), 1, "twice in the header"),
        (VALID["bands"].replace("band,", "Dimension ,", 1).encode(), 1, "twice in the header"),
        (VALID["bands"].replace("band,", ",", 1).encode(), 1, "has no name"),
        (b"", None, "empty"),
        (b"\n \r\n", None, "empty"),
        (b"\xef\xbb\xbf", None, "empty"),
    ],
)
def test_malformed_files_are_refused(folder, content, line, gist):
    (folder / file_name("bands")).write_bytes(content)
    checked = check_configuration(folder)
    (problem,) = checked.errors
    assert problem.file == str(folder / file_name("bands"))
    assert problem.line == line
    assert gist in problem.message
    assert problem.allowed
    assert checked.configuration is None


@pytest.mark.parametrize("seed", ["models", "groups", "criteria", "bands", "stages"])
def test_five_files_are_needed(folder, seed):
    (folder / file_name(seed)).rename(folder / f"lead_scoring__{seed}x.csv")
    checked = check_configuration(folder)
    (problem,) = checked.errors
    assert "missing" in problem.message
    assert problem.file.endswith(file_name(seed))
    assert problem.nearest == f"lead_scoring__{seed}x.csv"
    (warning,) = checked.warnings
    assert warning.nearest == file_name(seed)


def test_folder_must_be_one(folder, tmp_path):
    assert "does not exist" in check_configuration(tmp_path / "none").errors[0].message
    assert "not a folder" in check_configuration(folder / file_name("bands")).errors[0].message


def test_unknown_column_is_a_warning(folder):
    path = folder / file_name("criteria")
    path.write_text(path.read_text().replace("weight", "wieght", 1))
    problem = the_problem(check_configuration(folder).problems, "criteria", 1, "wieght", WARNING)
    assert problem.nearest == "weight"


def test_missing_column_is_named_once(folder):
    path = folder / file_name("groups")
    path.write_text(path.read_text().replace("combine", "combines", 1))
    checked = check_configuration(folder)
    problem = the_problem(checked.errors, "groups", 1, "combine")
    assert "'combines' comes closest" in problem.message
    assert len(checked.errors) == 1


def test_blank_row_is_a_warning(folder):
    line = add_line(folder, "bands", ",,, ")
    checked = check_configuration(folder)
    assert checked.errors == []
    the_problem(checked.warnings, "bands", line, None, WARNING)


def test_lines_are_those_of_the_file(folder):
    set_cell(folder, "criteria", 2, "description", 'two\nlines, "quoted"')
    set_cell(folder, "criteria", 3, "points", "many")
    the_problem(check_configuration(folder).errors, "criteria", 4, "points")


def test_large_cells_are_read(folder, tmp_path):
    text = 'say "x"\n' + "é" * 1_500_000
    set_cell(folder, "criteria", 2, "description", text)
    checked = check_configuration(folder)
    assert checked.problems == []
    write_canonical(checked.configuration, tmp_path / "out")
    copy = check_configuration(tmp_path / "out").configuration
    assert copy.tables["lead_scoring__criteria"][0]["description"] == text


def test_large_wrong_cells_are_shown_short(folder):
    set_cell(folder, "criteria", 2, "operator", "\x1b" * 3_000_000)
    problem = the_problem(check_configuration(folder).errors, "criteria", 2, "operator")
    assert len(problem.message) < 1000
    assert "\x1b" not in problem.message


# Cells

WARNING = Severity.WARNING


@pytest.mark.parametrize(
    "value", ["NaN", "inf", "-Infinity", "1e400", "1e308", "1_000", "0x1F", "1,5", "ten", "1e", "٣"]
)
@pytest.mark.parametrize(
    ("seed", "line", "column"),
    [
        ("criteria", 2, "points"),
        ("criteria", 2, "weight"),
        ("criteria", 3, "window_days"),
        ("decay_policies", 3, "half_life_days"),
        ("models", 2, "max_score"),
        ("actions", 2, "sla_hours"),
    ],
)
def test_figures_that_are_none_are_refused(folder, seed, line, column, value):
    set_cell(folder, seed, line, column, value)
    problem = the_problem(check_configuration(folder).errors, seed, line, column)
    assert problem.value == value
    assert value in problem.message
    assert "number" in problem.allowed


@pytest.mark.parametrize(
    ("seed", "line", "column", "value", "gist"),
    [
        ("criteria", 2, "points", "0.00001", "more than 4 decimals"),
        ("criteria", 2, "points", "10000000", "too large"),
        ("criteria", 2, "points", "-1e7", "too small"),
        ("criteria", 2, "points", "", "blank"),
        ("criteria", 2, "weight", "-1", "too small"),
        ("criteria", 2, "weight", "10000", "too large"),
        ("criteria", 2, "weight", "1.00001", "decimals"),
        ("criteria", 3, "window_days", "0", "too small"),
        ("criteria", 3, "window_days", "-7", "too small"),
        ("criteria", 3, "window_days", "1.6", "whole"),
        ("criteria", 3, "max_occurrences", "0", "too small"),
        ("criteria", 3, "max_per_day", "-1", "too small"),
        ("criteria", 3, "max_per_day", "1e99", "too large"),
        ("models", 2, "fit_weight", "-0.1", "too small"),
        ("models", 2, "is_champion", "maybe", "neither true nor false"),
        ("decay_policies", 3, "half_life_days", "0", "too small"),
        ("decay_policies", 3, "half_life_days", "-3", "too small"),
        ("decay_policies", 3, "half_life_days", "0.0000000000000001", "more than 15 decimals"),
        ("decay_policies", 4, "lifetime_days", "0", "too small"),
        ("decay_policies", 4, "lifetime_days", "7.5", "whole"),
        ("decay_policies", 5, "step_days", "-1", "too small"),
        ("decay_policies", 5, "step_fraction", "1.1", "too large"),
        ("decay_policies", 5, "step_fraction", "-0.1", "too small"),
        ("stages", 3, "stage_order", "2.5", "whole"),
        ("stages", 3, "stage_order", "", "blank"),
        ("stages", 3, "min_score", "1.23456", "decimals"),
        ("bands", 2, "min_points", "high", "not a number"),
        ("bands", 2, "band", " ", "blank"),
        ("actions", 2, "sla_hours", "-4", "too small"),
        ("actions", 2, "sla_hours", "0.5", "whole"),
        ("groups", 2, "group_id", "", "blank"),
        ("exclusions", 2, "operator", "", "blank"),
        ("criteria", 2, "subject", "\u200b", "blank"),
    ],
)
def test_wrong_cells_are_refused(folder, seed, line, column, value, gist):
    set_cell(folder, seed, line, column, value)
    problem = the_problem(check_configuration(folder).errors, seed, line, column)
    assert gist in problem.message
    assert problem.allowed


@pytest.mark.parametrize(
    ("seed", "line", "column", "value", "close"),
    [
        ("criteria", 2, "operator", "has_words", "has_word"),
        ("criteria", 3, "filter_operator", "contain", "contains"),
        ("exclusions", 2, "operator", "inn", "in"),
        ("criteria", 2, "signal", "atribute", "attribute"),
        ("groups", 2, "dimension", "fits", "fit"),
        ("bands", 2, "dimension", "fat", "fit"),
        ("groups", 2, "combine", "maximum", "max"),
        ("decay_policies", 3, "method", "exponental", "exponential"),
        ("criteria", 2, "group_id", "roles", "role"),
        ("criteria", 2, "group_id", "Role", "role"),
        ("criteria", 3, "decay_policy", "halve", "half"),
        ("groups", 3, "model_id", "cores", "core"),
        ("criteria", 5, "model_id", "rivale", "rival"),
        ("exclusions", 2, "model_id", "cor", "core"),
        ("actions", 2, "model_id", "cor", "core"),
        ("stages", 5, "required_criterion", "bos", "boss"),
        ("actions", 2, "stage", "sqll", "sql"),
        ("actions", 4, "stage", "custommer", "customer"),
        ("actions", 2, "fit_band", "AA", "A"),
        ("actions", 2, "engagement_band", "11", "1"),
    ],
)
def test_unknown_names_come_with_the_nearest(folder, seed, line, column, value, close):
    set_cell(folder, seed, line, column, value)
    problem = the_problem(check_configuration(folder).errors, seed, line, column)
    assert f"'{value}'" in problem.message
    assert problem.value == value
    assert close in problem.allowed
    assert problem.nearest == close


def test_names_belong_to_their_model(folder):
    set_cell(folder, "criteria", 6, "group_id", "web")
    add_line(folder, "actions", "rival,sql,A,2,call,,,")
    found = check_configuration(folder).errors
    assert the_problem(found, "criteria", 6, "group_id").allowed == "all"
    the_problem(found, "actions", 6, "stage")
    the_problem(found, "actions", 6, "engagement_band")


@pytest.mark.parametrize(
    ("seed", "text", "column"),
    [
        ("models", "core,again,false,,,,,,", "model_id"),
        ("groups", "core,role,fit,sum,,,", "group_id"),
        ("criteria", "core,boss,role,attribute,job_title,is_present,,,,,1,,,,,,", "criterion_id"),
        ("decay_policies", "half,none,,,,,", "decay_policy"),
        ("bands", "core,fit,A,70", "band"),
        ("bands", "core,fit,A,20", "band"),
        ("stages", "core,sql,9,90,90,90,,", "stage"),
        ("exclusions", "core,gone,is_employee,is_true,,", "exclusion_id"),
        ("actions", "core,sql,,,wait,,,", "stage"),
        ("actions", "core,sql,A,1,wait,,,", "stage"),
    ],
)
def test_rows_of_the_same_key_are_refused(folder, seed, text, column):
    line = add_line(folder, seed, text)
    problem = the_problem(check_configuration(folder).errors, seed, line, column)
    assert "already" in problem.message


def test_ids_differ_by_case(folder):
    add_line(
        folder, "criteria", "core,Boss,role,attribute,job_title,is_present,,,,,1,,,,,,Has a title"
    )
    assert check_configuration(folder).problems == []


# Conditions


@pytest.mark.parametrize(
    ("operator", "value", "gist"),
    [
        ("equals", "", "needs a value"),
        ("contains", " ", "needs a value"),
        ("in", "", "needs a value"),
        ("matches", "", "needs a value"),
        ("gt", "", "needs a value"),
        ("in", "a||b", "blank item"),
        ("not_in", "a|b|", "blank item"),
        ("has_word", "|vp", "blank item"),
        ("has_word", "vp|--", "no letter and no digit"),
        ("gt", "many", "compares numbers"),
        ("gte", "1_000", "compares numbers"),
        ("lt", "nan", "compares numbers"),
        ("lte", "1e400", "compares numbers"),
        ("lte", "1|2", "compares numbers"),
        ("between", "5", "two numbers"),
        ("between", "5|", "two numbers"),
        ("between", "1|2|3", "two numbers"),
        ("between", "1|b", "two numbers"),
        ("between", "5|1", "begins above its end"),
        ("matches", "(a", "never closed"),
        ("matches", "CEO", "upper-case"),
        ("matches", r"\bvp\b", "not portable"),
    ],
)
def test_values_that_do_not_suit_the_operator_are_refused(folder, operator, value, gist):
    for seed, line, prefix in (
        ("criteria", 2, ""),
        ("criteria", 3, "filter_"),
        ("exclusions", 2, ""),
    ):
        set_cell(folder, seed, line, f"{prefix}operator", operator)
        set_cell(folder, seed, line, f"{prefix}value", value)
        problem = the_problem(check_configuration(folder).errors, seed, line, f"{prefix}value")
        assert gist in problem.message
        assert problem.allowed


@pytest.mark.parametrize(
    ("operator", "value", "gist"),
    [
        ("is_present", "x", "takes no value"),
        ("contains", "a|b", "part of it"),
        ("matches", "a*", "matches every value"),
    ],
)
def test_doubtful_values_are_warned_of(folder, operator, value, gist):
    set_cell(folder, "criteria", 2, "operator", operator)
    set_cell(folder, "criteria", 2, "value", value)
    checked = check_configuration(folder)
    assert checked.errors == []
    assert gist in the_problem(checked.problems, "criteria", 2, "value", WARNING).message


@pytest.mark.parametrize(
    "pattern",
    [
        r"^a.c\.$",
        "(^|[^a-z])(ceo|cto|chief|gesch)",
        "a{2,3}b+c*d?e{2}f{2,}",
        "[]a]",
        "[^]a-z]",
        "[a-]",
        "[-a]",
        r"[\.-\/\]]",
        "a|",
        "()",
        "x}",
        "]",
        "ü{2}",
        "(a*)*",
        "(a{10}){20}",
        "[||~~]",
        r"\_\(",
        "[!-~]",
        "a$b^",
    ],
)
def test_portable_expressions_pass(pattern):
    check_pattern(pattern)
    with duckdb.connect() as connection:
        connection.execute("select regexp_matches('abc', ?)", [pattern]).fetchall()


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d",
        r"\w+",
        r"\s",
        r"\b",
        r"[\d]",
        r"\é",
        r"(a)\1",
        "(?i)a",
        "(?:a)",
        "(?=a)",
        "(?<!a)",
        "[[:alpha:]]",
        "[[.a.]]",
        "[[=a=]]",
        "A",
        "İ",
        "(",
        "(a",
        "a)",
        "[a",
        "[a-",
        "[]",
        "[^]",
        "*a",
        "|*a",
        "(*a)",
        "a**",
        "a+?",
        "a++",
        "a{2}{3}",
        "a{3,2}",
        "a{1000}",
        "a{",
        "a{x}",
        "a{,2}",
        "^*",
        "$+",
        "{2}",
        "[z-a]",
        "[a-z-9]",
        "[a[b]",
        "[a&&b]",
        "(a{100}){100}",
        "a\\",
    ],
)
def test_other_expressions_are_refused(pattern):
    with pytest.raises(PatternError):
        check_pattern(pattern)


def test_deep_expressions_are_refused():
    with pytest.raises(PatternError):
        check_pattern("(" * 5000 + "a" + ")" * 5000)


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        (2, "window_days", "30"),
        (2, "max_occurrences", "3"),
        (2, "max_per_day", "3"),
        (2, "decay_policy", "keep"),
        (2, "filter_property", "channel"),
        (3, "operator", "gt"),
        (3, "value", "3"),
        (4, "max_occurrences", "3"),
        (5, "max_per_day", "3"),
        (6, "decay_policy", "half"),
    ],
)
def test_cells_without_a_use_are_refused(folder, line, column, value):
    set_cell(folder, "criteria", line, column, value)
    problem = the_problem(check_configuration(folder).errors, "criteria", line, column)
    assert "no use" in problem.message
    assert value in problem.message


@pytest.mark.parametrize(
    ("line", "changes", "column", "gist"),
    [
        (2, {"operator": ""}, "operator", "needs an operator"),
        (5, {"operator": "", "value": ""}, "operator", "needs an operator"),
        (3, {"filter_property": ""}, "filter_property", "no filter_property"),
        (3, {"filter_property": "", "filter_operator": ""}, "filter_property", "no filter_prop"),
        (3, {"filter_operator": ""}, "filter_operator", "no operator"),
        (3, {"filter_value": ""}, "filter_value", "needs a value"),
        (3, {"subject": "*"}, "subject", "cannot have the subject"),
        (2, {"subject": "*"}, "subject", "cannot have the subject"),
    ],
)
def test_incomplete_criteria_are_refused(folder, line, changes, column, gist):
    for name, value in changes.items():
        set_cell(folder, "criteria", line, name, value)
    problem = the_problem(check_configuration(folder).errors, "criteria", line, column)
    assert gist in problem.message


def test_names_that_the_inputs_do_not_carry_are_warned_of(folder):
    set_cell(folder, "criteria", 2, "subject", "budgets")
    set_cell(folder, "criteria", 3, "filter_property", "devices")
    set_cell(folder, "exclusions", 2, "attribute", "tear")
    names = {
        "attributes": ["lead_id", "budget", "Tier"],
        "event_properties": ["event_id", "device"],
        "event_types": ["page_views", "Purchase"],
    }
    checked = check_configuration(folder, **names)
    assert checked.errors == []
    found = checked.warnings
    assert the_problem(found, "criteria", 2, "subject", WARNING).nearest == "budget"
    assert the_problem(found, "criteria", 3, "subject", WARNING).nearest == "page_views"
    assert the_problem(found, "criteria", 4, "subject", WARNING).nearest == "page_views"
    assert the_problem(found, "criteria", 3, "filter_property", WARNING).nearest == "device"
    assert the_problem(found, "exclusions", 2, "attribute", WARNING).nearest == "tier"
    assert len(found) == 5
    assert check_configuration(folder).problems == []


def test_derived_and_contracted_names_are_always_known(folder):
    for subject in ("Seniority", "is_disposable_email", "company_size", "lead_age_days"):
        set_cell(folder, "criteria", 2, "subject", subject)
        known = {"attributes": ["lead_id"], "event_properties": ["event_id"], "event_types": []}
        assert check_configuration(folder, **known).problems == []


# Models, groups, decay


@pytest.mark.parametrize(("champions", "line"), [(("false", "false"), 2), (("true", "yes"), 3)])
def test_exactly_one_model_is_the_champion(folder, champions, line):
    for number, value in enumerate(champions, start=2):
        set_cell(folder, "models", number, "is_champion", value)
    problem = the_problem(check_configuration(folder).errors, "models", line, "is_champion")
    assert "champion" in problem.message


def test_configuration_without_models_is_refused(folder):
    for seed in VALID:
        (folder / file_name(seed)).write_text(VALID[seed].splitlines()[0] + "\n")
    (problem,) = check_configuration(folder).errors
    assert problem.message == "there is no model"


@pytest.mark.parametrize(
    ("seed", "line", "column", "value"),
    [("groups", 2, "min_points", "40.0001"), ("models", 2, "min_score", "200.5")],
)
def test_minimum_over_maximum_is_refused(folder, seed, line, column, value):
    set_cell(folder, seed, line, column, value)
    assert "is over" in the_problem(check_configuration(folder).errors, seed, line, column).message


@pytest.mark.parametrize(
    ("line", "column"),
    [(3, "half_life_days"), (4, "lifetime_days"), (5, "step_days"), (5, "step_fraction")],
)
def test_decay_method_needs_its_parameters(folder, line, column):
    set_cell(folder, "decay_policies", line, column, "")
    problem = the_problem(check_configuration(folder).errors, "decay_policies", line, column)
    assert f"needs {column}" in problem.message
    assert problem.allowed


def test_parameter_of_another_method_is_a_warning(folder):
    set_cell(folder, "decay_policies", 2, "step_days", "3")
    checked = check_configuration(folder)
    assert checked.errors == []
    the_problem(checked.problems, "decay_policies", 2, "step_days", WARNING)


def test_empty_groups_and_models_are_warned_of(folder):
    line = add_line(folder, "groups", "core,idle,fit,sum,,,")
    path = folder / file_name("criteria")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    checked = check_configuration(folder)
    assert checked.errors == []
    the_problem(checked.warnings, "groups", line, "group_id", WARNING)
    the_problem(checked.warnings, "models", 3, "model_id", WARNING)
    assert len(checked.warnings) == 2


# Bands and stages


@pytest.mark.parametrize(
    ("line", "value", "at", "gist"),
    [
        (2, "", 3, "both the floor"),
        (3, "5", 3, "no fit band as its floor"),
        (3, "20.0", 3, "both begin at 20"),
    ],
)
def test_contradictory_bands_are_refused(folder, line, value, at, gist):
    set_cell(folder, "bands", line, "min_points", value)
    messages = [
        problem.message
        for problem in check_configuration(folder).errors
        if (problem.line, problem.column) in {(at, "min_points"), (2, "min_points")}
    ]
    assert any(gist in message for message in messages)


@pytest.mark.parametrize(("seed", "column"), [("bands", "dimension"), ("stages", "model_id")])
def test_each_model_needs_bands_and_stages(folder, seed, column):
    path = folder / file_name(seed)
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(rows[:-1]))
    (problem,) = check_configuration(folder).errors
    assert "the model 'rival' has no" in problem.message
    assert (problem.file, problem.line, problem.column) == (str(path), 1, column)


def test_each_model_needs_a_base_stage(folder):
    set_cell(folder, "stages", 2, "min_fit", "1")
    problem = the_problem(check_configuration(folder).errors, "stages", 2, "min_fit")
    assert "no base stage" in problem.message


@pytest.mark.parametrize("name", ["customer", "disqualified"])
def test_reserved_stages_are_refused(folder, name):
    line = add_line(folder, "stages", f"rival,{name},2,10,,,,")
    assert (
        "reserved"
        in the_problem(check_configuration(folder).errors, "stages", line, "stage").message
    )


@pytest.fixture
def remembering(folder):
    """Give the stages the columns of memory, in a place of their own choice."""
    (folder / file_name("stages")).write_text(
        """\
model_id,recycle_after_days,stage,stage_order,min_score,exit_score,min_days,required_criterion
core,,prospect,1,,,,
core,,lead,2,10,10,1,
core,60,mql,3,20,-5.5,14,
core,30,sql,4,,,,boss
rival,,prospect,1,,,,
""",
        encoding="utf-8",
    )
    return folder


def test_stages_may_have_a_memory(remembering):
    checked = check_configuration(remembering)
    assert checked.problems == []
    row = checked.configuration.tables["lead_scoring__stages"][2]
    assert (row["exit_score"], row["min_days"], row["recycle_after_days"]) == ("-5.5", "14", "60")


def test_a_stage_without_the_columns_of_memory_has_none(folder):
    checked = check_configuration(folder)
    assert checked.problems == []
    row = checked.configuration.tables["lead_scoring__stages"][2]
    assert (row["exit_score"], row["min_days"], row["recycle_after_days"]) == (None, None, None)
    assert checked.configuration.tables["lead_scoring__models"][0]["trend_points"] is None


@pytest.mark.parametrize(
    ("line", "column", "value", "word"),
    [
        (4, "exit_score", "20.0001", "over min_score"),
        (4, "exit_score", "1.23456", "decimals"),
        (5, "exit_score", "1", "min_score"),
        (2, "exit_score", "1", "no conditions"),
        (2, "min_days", "1", "no conditions"),
        (2, "recycle_after_days", "1", "no conditions"),
        (4, "min_days", "0", "above 0"),
        (4, "min_days", "1.5", "whole"),
        (4, "recycle_after_days", "0", "above 0"),
        (4, "recycle_after_days", "-1", "above 0"),
    ],
)
def test_a_memory_that_has_no_use_is_refused(remembering, line, column, value, word):
    set_cell(remembering, "stages", line, column, value)
    problem = the_problem(check_configuration(remembering).errors, "stages", line, column)
    assert word in f"{problem.message} {problem.allowed}"


@pytest.mark.parametrize(("value", "is_valid"), [("0.5", True), ("0", False), ("-1", False)])
def test_trend_points_are_above_nothing(folder, value, is_valid):
    path = folder / file_name("models")
    header, first, second = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{header},trend_points\n{first},{value}\n{second},\n", encoding="utf-8")
    errors = check_configuration(folder).errors
    assert errors == [] if is_valid else the_problem(errors, "models", 2, "trend_points")


def test_stages_of_the_same_order_are_refused(folder):
    set_cell(folder, "stages", 6, "stage_order", "4")
    problem = the_problem(check_configuration(folder).errors, "stages", 6, "stage_order")
    assert "same stage_order" in problem.message


@pytest.mark.parametrize(
    ("line", "changes", "hidden"),
    [
        (6, {"min_score": "20", "min_fit": "10", "min_engagement": ""}, "mql"),
        (6, {"min_score": "", "min_fit": "", "min_engagement": ""}, "prospect"),
        (4, {"min_score": "10", "min_fit": ""}, "lead"),
        (2, {"stage_order": "9"}, "sql"),
    ],
)
def test_stages_that_hide_earlier_ones_are_refused(folder, line, changes, hidden):
    for column, value in changes.items():
        set_cell(folder, "stages", line, column, value)
    problem = the_problem(check_configuration(folder).errors, "stages", line, "stage")
    assert "can't be reached" in problem.message
    assert f"'{hidden}'" in problem.message


def test_stage_behind_a_criterion_hides_none(folder):
    set_cell(folder, "stages", 6, "required_criterion", "views")
    for column in ("min_score", "min_fit", "min_engagement"):
        set_cell(folder, "stages", 6, column, "")
    assert check_configuration(folder).problems == []


def test_falling_thresholds_are_warned_of(folder):
    set_cell(folder, "stages", 6, "min_score", "15")
    checked = check_configuration(folder)
    assert checked.errors == []
    problem = the_problem(checked.warnings, "stages", 6, "min_score", WARNING)
    assert "falls to 15" in problem.message


# The whole


def test_all_mistakes_are_said_at_once_in_order(folder):
    set_cell(folder, "actions", 2, "stage", "nowhere")
    set_cell(folder, "criteria", 4, "value", "9|1")
    set_cell(folder, "criteria", 2, "weight", "-1")
    set_cell(folder, "criteria", 2, "operator", "like")
    set_cell(folder, "models", 2, "fit_weight", "x")
    (folder / file_name("bands")).write_text("")
    found = check_configuration(folder).problems
    places = [(Path(problem.file).stem.split("__")[1], problem.line) for problem in found]
    assert places == [
        ("models", 2),
        ("criteria", 2),
        ("criteria", 2),
        ("criteria", 4),
        ("bands", None),
        ("actions", 2),
    ]
    assert [problem.column for problem in found[1:3]] == ["operator", "weight"]


def test_many_models_and_criteria_are_checked_quickly(folder):
    models = [f"m{number}" for number in range(20)]
    tables = {seed: list(csv.reader(io.StringIO(text))) for seed, text in VALID.items()}
    for seed, rows in tables.items():
        if seed == "decay_policies":
            continue
        head, body = rows[0], [row for row in rows[1:] if row[0] == "core"]
        if seed == "criteria":
            body = [
                [row[0], f"{row[1]}_{number}", *row[2:]] for number in range(125) for row in body
            ]
        if seed == "stages":
            body = [[cell if cell != "boss" else "boss_7" for cell in row] for row in body]
        rows = [[model, *row[1:]] for model in models for row in body]
        if seed == "models":
            rows = [[row[0], row[1], str(row[0] == "m3"), *row[3:]] for row in rows]
        write_rows(folder / file_name(seed), [head, *rows])
    started = time.process_time()
    checked = check_configuration(folder)
    assert checked.problems == []
    assert len(checked.configuration.tables["lead_scoring__criteria"]) == 10_000
    assert time.process_time() - started < 10


# A folder of one's own


@pytest.fixture
def defaults(folder):
    (folder / "_seeds.yml").write_text(
        """
seeds:
  - name: lead_scoring__models
    description: One row per model.
    columns:
      - name: model_id
        description: Id of the | model.
      - name: is_champion
  - name: lead_scoring__groups
"""
    )
    return folder


def test_init_writes_a_folder_that_passes(defaults, tmp_path):
    target = tmp_path / "new" / "mine"
    written = init_configuration(target, defaults)
    assert sorted(written) == sorted(target.iterdir())
    assert check_configuration(target).problems == []
    page = (target / "README.md").read_text(encoding="utf-8")
    assert "One row per model." in page
    assert "| model_id | Id of the \\| model. | text |" in page
    for seed in SEEDS:
        assert seed.file_name in page
        for column in seed.columns:
            assert f"| {column.name} |" in page
    for word in ("has_word", "monetary", "exponential", "engagement", "max"):
        assert f"| {word} |" in page


def test_init_refuses_a_folder_in_use(defaults, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    init_configuration(target, defaults)
    with pytest.raises(UsageError, match="not empty"):
        init_configuration(target, defaults)
    with pytest.raises(UsageError, match="is a file"):
        init_configuration(target / "README.md", defaults)
