"""What a user types, and what the command answers: sentences, exit codes, files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from command import (
    DATABASE,
    GOLDEN,
    PROJECT,
    Ended,
    case_arguments,
    query,
    read_csv,
    score_leads,
    write_csv,
)
from conftest import Published
from keyboard import Keyboard

COMMANDS = ("run", "check", "diff", "explain", "export", "init")
CASE = GOLDEN / "case_4"
DEFAULT_CONFIGURATION = PROJECT / "seeds" / "scoring"

# Texts that are code, a formula or a path somewhere, to be found again as they are.
ODD = (
    "'); drop table leads; --",
    '" or ""="',
    "{{ env_var('HOME') }}",
    "{% raise %}{# x #}",
    '=HYPERLINK("http://x.test","x")',
    "=cmd|' /C calc'!A0",
    "+1-555-0100",
    "@SUM(A1:A9)",
    "-2+3",
    "/etc/passwd",
    "../../outside",
    "$(touch pwned) `touch pwned`",
    "%s %d {0} \\N \\",
    "[bold red]markup[/]",
    "null",
    "1e999",
    '🦊 ünï, "quoted"\nline',
    "-5",
)


@pytest.fixture(scope="module")
def odd_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case in which ids, names, properties, rules and reasons are all such texts."""
    folder = tmp_path_factory.mktemp("odd_case")
    attribute = 'x"; drop table y; --'
    leads = [
        {
            "lead_id": text,
            "created_at": "2026-01-01",
            "full_name": text,
            "email": text,
            "job_title": text,
            "company_name": text,
            attribute: text,
            "{{ 7 * 7 }}": text,
        }
        for text in ODD
    ]
    events = [
        {
            "event_id": text,
            "lead_id": text,
            "event_type": ODD[0],
            "occurred_at": "2026-06-01",
            "page_url": text,
            attribute: text,
        }
        for text in ODD
    ]
    broken = {**events[0], "event_id": "broken", "occurred_at": ODD[4]}
    outcomes = [{"lead_id": ODD[1], "outcome": text, "occurred_at": ODD[1]} for text in ODD]
    write_csv(folder / "leads.csv", leads)
    write_csv(folder / "events.csv", [*events, broken])
    write_csv(folder / "outcomes.csv", outcomes)
    models = ("=m'; --", "{{ rival }}")
    tables: dict[str, list[dict[str, str]]] = {
        "models": [
            {"model_id": models[0], "is_champion": "true"},
            {"model_id": models[1], "is_champion": "false"},
        ],
        "groups": [
            {"model_id": model, "group_id": ODD[3], "dimension": "fit", "combine": "sum"}
            for model in models
        ],
        "criteria": [
            {
                "model_id": model,
                "criterion_id": f"{number:02} {text}",
                "group_id": ODD[3],
                "signal": "attribute",
                "subject": attribute,
                "operator": "equals",
                "value": text,
                "points": str(100 - number),
                "description": text,
            }
            for model in models
            for number, text in enumerate(ODD)
        ],
        "bands": [
            {"model_id": model, "dimension": dimension, "band": ODD[7], "min_points": ""}
            for model in models
            for dimension in ("fit", "engagement")
        ],
        "stages": [{"model_id": model, "stage": ODD[4], "stage_order": "1"} for model in models],
        "exclusions": [
            {
                "model_id": models[0],
                "exclusion_id": ODD[5],
                "attribute": "{{ 7 * 7 }}",
                "operator": "ends_with",
                "value": ODD[9],
                "reason": ODD[5],
            }
        ],
        "actions": [
            {
                "model_id": models[0],
                "stage": ODD[4],
                "action": ODD[6],
                "owner_team": ODD[2],
                "nurture_track": ODD[13],
            }
        ],
    }
    for name, rows in tables.items():
        write_csv(folder / "config" / f"lead_scoring__{name}.csv", rows)
    return folder


@pytest.fixture(scope="module")
def odd(odd_case: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    out = tmp_path_factory.mktemp("odd") / "an 'odd' {{ folder }}"
    options = ["--format", "csv,parquet,json,xlsx", "--top", "3"]
    arguments = ("run", *case_arguments(odd_case), *options, "--out", out)
    # Wide enough for a table that breaks no text.
    return Published(score_leads(*arguments, changes={"COLUMNS": "240"}), out)


def list_of(out: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((out / "ranked_leads.json").read_text("utf-8"))
    return listed


# Help and usage


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_eighty_columns(keyboard: Keyboard, command: str) -> None:
    ended = keyboard.type(*command.split(), "--help")
    assert ended.err == ""
    assert [line for line in ended.out.splitlines() if len(line) > 80] == []
    assert "Exit codes" in ended.out or command in ("explain", "export", "init")
    if not command:
        assert all(f"\n  {name} " in ended.out for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "nosuch"),
        (["run", "--nosuch"], "--nosuch"),
        (["run", "--as-of"], "--as-of"),
        (["run", "--as-of", "2026-02-30"], "2026-02-30"),
        (["run", "--as-of", "30.06.2026"], "YYYY-MM-DD"),
        (["run", "--as-of", "20260630"], "YYYY-MM-DD"),
        (["run", "--as-of", "2026-W27-2"], "YYYY-MM-DD"),
        (["run", "--as-of", "{{ env_var('HOME') }}"], "YYYY-MM-DD"),
        (["run", "--as-of", "2026-06-30'); drop table x; --"], "YYYY-MM-DD"),
        (["run", "--format", "csv,docx"], "docx"),
        (["run", "--top", "-1"], "-1"),
        (["run", "--keep", "0"], "0"),
        (["run", "--max-drop", "50"], "50"),
        (["run", "--wait", "-1"], "-1"),
        (["run", "--target", "nosuch"], "nosuch"),
        (["run", "--events", "events.csv"], "--leads"),
        (["run", "--map", "leads.email=Mail"], "--leads"),
        (["check", "--leads", CASE / "leads.csv", "--map", "email=Mail"], "email=Mail"),
        (["check", "--leads", CASE / "leads.csv", "--map", "leads.emial=Mail"], "email"),
        (["check", "--leads", "nosuch.csv"], "nosuch.csv"),
        (["check", "--leads", "nosuch*.csv"], "no file matches"),
        (["check", "--config", "nosuch"], "nosuch"),
        (["run", "--dry-run", "--config", "nosuch"], "nosuch"),
        (["run", "--dry-run", "--model", "b2b_sas"], "b2b_saas"),
        (["diff"], "--config"),
        (["diff", "--config", "mine", "--events", "events.csv"], "--leads"),
        (["diff", "--config", "mine", "--fail-if", "mql"], "mql > 1.2x"),
        (["diff", "--config", "mine", "--csv", "nosuch/diff.csv"], "no folder nosuch"),
        (["explain"], "LEAD_ID"),
        (["init"], "FOLDER"),
        (["init", CASE], "not empty"),
    ],
)
def test_wrong_usage_has_a_sentence_and_exit_code_2(
    keyboard: Keyboard, tmp_path: Path, arguments: list[object], words: str
) -> None:
    ended = keyboard.type(*arguments, "--json", code=2)
    assert words in ended.said
    assert words in json.dumps(ended.report, ensure_ascii=False)
    assert ended.report["status"] == "usage"
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback_that_nobody_else_sees(keyboard: Keyboard) -> None:
    arguments = ("check", "--leads", "nosuch.csv")
    assert "Traceback" in keyboard.type(*arguments, "--debug", code=2).err
    assert keyboard.type(*arguments, code=2).err.count("nosuch.csv") == 1


def test_before_the_first_run_there_is_nothing_to_explain_or_export(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    for arguments in (("explain", "7"), ("export",)):
        report = keyboard.refused(*arguments, "--out", tmp_path / "out")
        assert "nothing has been published" in report["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_a_matter_of_storage(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    file = tmp_path / "out"
    file.write_text("mine", encoding="utf-8")
    report = keyboard.refused("run", *case_arguments(CASE), "--out", file, code=4)
    assert report["status"] == "storage"
    assert str(file) in report["message"]
    assert file.read_text("utf-8") == "mine"


def test_somebody_elses_file_is_not_overwritten(keyboard: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "ranked_leads.csv").write_text("mine", encoding="utf-8")
    report = keyboard.refused("run", *case_arguments(CASE), "--out", tmp_path, code=4)
    assert "ranked_leads.csv" in report["message"]
    assert (tmp_path / "ranked_leads.csv").read_text("utf-8") == "mine"


# Checking


def test_checking_writes_nothing(keyboard: Keyboard, tmp_path: Path) -> None:
    case = [option for option in case_arguments(CASE) if option not in ("--as-of", "2026-06-30")]
    for arguments, rows in (
        (["check", *case], 14),
        (["run", "--dry-run", *case, "--out", tmp_path / "out"], 14),
        (["run", "--dry-run"], 2058),
    ):
        report = keyboard.type(*arguments, "--json").report
        assert report["status"] == "ok"
        assert report["inputs"]["leads"]["rows"] == rows
    quiet = keyboard.type("check", *case, "--quiet")
    assert (quiet.out, quiet.err) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_check_tells_every_mistake_of_configuration_and_inputs_at_once(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    config = tmp_path / "mine"
    keyboard.type("init", config)
    criteria = config / "lead_scoring__criteria.csv"
    rows = read_csv(criteria)
    rows[0] |= {"operator": "eqals", "points": "NaN"}
    rows[1] |= {"group_id": "senority"}
    rows[2] |= {"weight": "-1", "window_days": "30"}
    write_csv(criteria, rows)
    policies = config / "lead_scoring__decay_policies.csv"
    rows = read_csv(policies)
    half = next(place for place, row in enumerate(rows) if row["half_life_days"])
    rows[half]["half_life_days"] = "0"
    write_csv(policies, rows)
    leads = write_csv(tmp_path / "leads.csv", [{"leed": "1", "email": "x"}])
    events = tmp_path / "events.csv"
    events.write_text('event_id,lead_id,event_type,occurred_at\n1,"2,x,2026-01-01\n', "utf-8")

    report = keyboard.refused("check", "--config", config, "--leads", leads, "--events", events)
    problems = [problem for problem in report["errors"] if problem["severity"] == "error"]
    places = {
        (Path(problem["file"]).name, problem.get("line"), problem.get("column"))
        for problem in problems
    }
    assert places >= {
        (criteria.name, 2, "operator"),
        (criteria.name, 2, "points"),
        (criteria.name, 3, "group_id"),
        (criteria.name, 4, "weight"),
        (criteria.name, 4, "window_days"),
        (policies.name, half + 2, "half_life_days"),
    }
    assert {file for file, _, _ in places} >= {"leads.csv", "events.csv"}
    operator = next(problem for problem in problems if problem.get("column") == "operator")
    assert (operator["value"], operator["nearest"]) == ("eqals", "equals")
    assert "starts_with" in operator["allowed"]
    group = next(problem for problem in problems if problem.get("column") == "group_id")
    assert group["nearest"] == "seniority"


def test_a_wrong_configuration_changes_no_published_table(
    keyboard: Keyboard, dirty_case: Published
) -> None:
    before = (dirty_case.out / ".current").readlink()
    report = keyboard.refused(
        "run", *case_arguments(CASE)[2:], "--config", GOLDEN, "--out", dirty_case.out
    )
    assert "lead_scoring__models.csv" in json.dumps(report)
    assert (dirty_case.out / ".current").readlink() == before


def test_columns_are_recognised_by_the_names_that_a_crm_gives_them(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    leads = [
        {
            "Lead ID": "00Q1",
            "Created Date": "2026-01-01",
            "E-Mail Address": "a@b.test",
            "JOB TITLE": "CEO",
            "Number of Employees": "50",
            "Company / Account": "Acme",
            "Role": "Boss",
            "Shoe Size": "44",
        }
    ]
    events = [
        {"Activity ID": "1", "Contact ID": "00Q1", "Activity Type": "Call", "When": "2026-01-01"}
    ]
    write_csv(tmp_path / "leads.csv", leads)
    write_csv(tmp_path / "events.csv", events)
    mapping = tmp_path / "mapping.yml"
    mapping.write_text("events:\n  occurred_at: When\n", encoding="utf-8")
    arguments = ["check", "--leads", tmp_path / "leads.csv", "--events", tmp_path / "events.csv"]
    missing = keyboard.refused(*arguments)
    assert "occurred_at" in missing["message"]

    options = ["--map", "leads.job_title=Role", "--mapping", mapping]
    inputs = keyboard.type(*arguments, *options, "--json").report["inputs"]
    columns = inputs["leads"]["columns"]
    assert {name: columns[name] for name in ("Lead ID", "Created Date", "E-Mail Address")} == {
        "Lead ID": "lead_id",
        "Created Date": "created_at",
        "E-Mail Address": "email",
    }
    assert columns["Number of Employees"] == "company_size"
    assert (columns["Role"], columns["Shoe Size"]) == ("job_title", None)
    assert inputs["events"]["columns"]["When"] == "occurred_at"
    said = keyboard.type(*arguments, *options).said
    assert "Role → job_title" in said
    assert "kept as they stand" in said


def test_a_folder_made_by_init_can_be_checked_and_is_explained(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    config = tmp_path / "mine"
    report = keyboard.type("init", config, "--json").report
    assert sorted(Path(path).name for path in report["written"]) == sorted(
        path.name for path in config.iterdir()
    )
    page = next(path for path in config.iterdir() if path.suffix == ".md").read_text("utf-8")
    assert all(column in page for column in ("max_per_day", "required_criterion", "sla_hours"))
    for seed in DEFAULT_CONFIGURATION.glob("*.csv"):
        assert read_csv(config / seed.name) == read_csv(seed)
    assert keyboard.type("check", "--config", config, "--json").report["status"] == "ok"


# Running


def test_the_summary_says_what_was_read_scored_and_written(odd: Published) -> None:
    said = odd.ended.said
    for words in ("Records", "Leads by stage", "Top leads", "Published run", "Time: start-up"):
        assert words in said
    assert f"{len(ODD) + 1}" in said
    assert f"invalid outcome {len(ODD)}" in said
    assert odd.ended.err == ""
    top = [row["lead_id"] for row in list_of(odd.out)[:4]]
    assert all(" ".join(lead_id.split()) in said for lead_id in top[:3])
    for name in ("csv", "parquet", "json", "xlsx"):
        assert f"ranked_leads.{name}" in said


def test_any_text_stays_a_text_in_every_mart(odd: Published) -> None:
    database = odd.out / DATABASE
    leads = query(
        database,
        "select lead_id, reason_1, fit_band, stage, action, owner_team, nurture_track "
        "from lead_scoring__ranked_leads where model_id = ? and score_rank > 0 order by score_rank",
        "=m'; --",
    )
    assert leads == [
        (text, text, ODD[7], ODD[4], ODD[6], ODD[2], ODD[13]) for text in ODD if text != ODD[9]
    ]
    assert query(
        database,
        "select lead_id, exclusion_reasons from lead_scoring__ranked_leads where is_excluded",
    ) == [(ODD[9], ODD[5])]
    assert query(database, "select distinct group_id from lead_scoring__contributions") == [
        (ODD[3],)
    ]
    rejected = query(
        database,
        "select relation, reason, record_id, count(*) from lead_scoring__rejected_records "
        "group by all order by all",
    )
    assert rejected == [
        ("events", "invalid_occurred_at", "broken", 1),
        ("outcomes", "invalid_outcome", ODD[1], len(ODD)),
    ]
    [(record,)] = query(
        database,
        "select raw_record from lead_scoring__rejected_records where relation = 'events'",
    )
    assert ODD[4] in json.loads(record).values()
    assert not list(odd.out.parent.glob("**/pwned"))


def test_any_text_stays_a_text_where_rules_are_compared(
    odd_case: Path, odd: Published, tmp_path: Path
) -> None:
    rules = Path(shutil.copytree(odd_case / "config", tmp_path / "{{ rules }}"))
    rows = read_csv(rules / "lead_scoring__criteria.csv")
    write_csv(rules / "lead_scoring__criteria.csv", [{**row, "points": "7"} for row in rows])
    ended = score_leads(
        "diff", *case_arguments(odd_case), "--config", rules, "--out", odd.out,
        "--csv", tmp_path / "'odd' diff.csv", "--top", "30",
        "--fail-if", f"{ODD[4]} < 1x", "--fail-if", f"team:{ODD[2]} > 1000",
        changes={"COLUMNS": "240"},
    )  # fmt: skip
    # One lead is excluded before and after, and one has a line break in its id.
    movers = [text for text in ODD if text != ODD[9] and "\n" not in text]
    assert [text for text in movers if " ".join(text.split()) not in ended.said] == []
    changed = read_csv(tmp_path / "'odd' diff.csv")
    harmless = {f"'{text}" if text[0] in "=+-@" and text != "-5" else text for text in ODD}
    assert {row["lead_id"] for row in changed} == harmless
    assert {row["stage_after"] for row in changed} == {f"'{ODD[4]}", "disqualified"}
    assert {row["owner_team_after"] for row in changed} == {ODD[2], ""}
    assert {row["model_after"] for row in changed} == {"'=m'; --"}


def test_no_text_is_a_formula_in_a_spreadsheet_and_none_is_changed_elsewhere(
    odd: Published,
) -> None:
    as_json = list_of(odd.out)
    parquet = query(
        odd.out / DATABASE,
        "select lead_id, full_name, email, company_name from read_parquet(?)",
        str(odd.out / "ranked_leads.parquet"),
    )
    expected = [text for text in ODD if text != ODD[9]] + [ODD[9]]
    assert [row["lead_id"] for row in as_json] == expected
    assert parquet == [(text,) * 4 for text in expected]
    harmless = [f"'{text}" if text[0] in "=+-@" and text != "-5" else text for text in expected]
    as_csv = read_csv(odd.out / "ranked_leads.csv")
    for column in ("lead_id", "full_name", "email", "company_name"):
        assert [row[column] for row in as_csv] == harmless
    sheet = load_workbook(odd.out / "ranked_leads.xlsx").active
    assert sheet is not None
    header, *rows = sheet.iter_rows()
    place = [cell.value for cell in header].index("lead_id")
    assert [str(row[place].value) for row in rows] == harmless
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= set("snbd")


def test_export_writes_another_models_list_without_scoring(
    keyboard: Keyboard, odd: Published, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(odd.out, out, symlinks=True)
    shutil.rmtree(out / ".work")
    champion = {
        name: (out / f"ranked_leads.{name}").read_bytes() for name in ("csv", "json", "parquet")
    }
    run_id = json.loads((out / "manifest.json").read_text("utf-8"))["run_id"]

    rival = keyboard.type(
        "export", "--out", out, "--model", "{{ rival }}", "--format", "json", "--json"
    )
    assert (rival.report["model"], rival.report["run_id"]) == ("{{ rival }}", run_id)
    assert {row["model_id"] for row in list_of(out)} == {"{{ rival }}"}
    assert not (out / "ranked_leads.csv").exists()

    options = ("--out", out, "--format", "csv,json,parquet")
    quiet = keyboard.type("export", *options, "--quiet")
    assert (quiet.out, quiet.err) == ("", "")
    for name, content in champion.items():
        assert (out / f"ranked_leads.{name}").read_bytes() == content
    unknown = keyboard.refused("export", "--out", out, "--model", "rival")
    assert "rival" in unknown["message"]


def test_the_challengers_list_may_be_run_instead(dirty_case: Published, tmp_path: Path) -> None:
    """And quietly, where a run speaks of nothing but errors."""
    out = tmp_path / "out"
    shutil.copytree(dirty_case.out, out, symlinks=True)
    ended = score_leads("run", *case_arguments(CASE), "--out", out, "--model", "n", "--quiet")
    assert (ended.out, ended.err) == ("", "")
    wanted = [
        row["lead_id"]
        for row in read_csv(CASE / "expected_ranked_leads.csv")
        if row["model_id"] == "n" and row["score_rank"] == "1"
    ]
    rows = read_csv(out / "ranked_leads.csv")
    assert {row["model_id"] for row in rows} == {"n"}
    assert [rows[0]["lead_id"]] == wanted
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert (manifest["model"], manifest["champion"]) == ("n", "m")


def test_a_load_that_shrinks_is_held_back_until_it_is_allowed(
    dirty_case: Published, tmp_path: Path
) -> None:
    out, case = tmp_path / "out", tmp_path / "case"
    shutil.copytree(dirty_case.out, out, symlinks=True)
    shutil.copytree(CASE, case)
    rows = read_csv(case / "leads.csv")
    write_csv(case / "leads.csv", [row for row in rows if row["lead_id"] in ("7", "007", "A")])
    before, content = (out / ".current").readlink(), (out / "ranked_leads.csv").read_bytes()

    held = score_leads("run", *case_arguments(case), "--out", out, "--json", code=1).report
    assert "leads: 3 rows accepted, 11 in the last publication" in held["message"]
    assert "--max-drop 1" in held["message"]
    assert (out / ".current").readlink() == before
    assert (out / "ranked_leads.csv").read_bytes() == content

    score_leads("run", *case_arguments(case), "--out", out, "--max-drop", "1")
    assert {row["lead_id"] for row in read_csv(out / "ranked_leads.csv")} == {"7", "007", "A"}


# Explaining


@pytest.fixture
def explain(keyboard: Keyboard) -> Callable[..., Ended]:
    def type_explain(published: Published, lead_id: str, *options: object, code: int = 0) -> Ended:
        # A lead id may begin with a hyphen.
        words = ("explain", "--out", published.out, *options, "--", lead_id)
        return keyboard.type(*words, code=code)

    return type_explain


def test_a_lead_is_explained_by_a_ledger_that_adds_up(
    explain: Callable[..., Ended], dirty_case: Published
) -> None:
    report = explain(dirty_case, " 7 ", "--json").report
    lines = report["lines"]
    assert sum(Decimal(line["points"]) for line in lines) == Decimal("36.3072")
    assert report["lead"]["score"] == "36.3072"
    assert all(
        Decimal(line["before"]) + Decimal(line["points"]) == Decimal(line["after"])
        for line in lines
    )
    assert report["higher_stages"][0] == {
        "stage": "counted",
        "lacking": ["criterion zero: Opens are counted only"],
    }
    said = explain(dirty_case, "7").said
    for words in ("score 36.3072, grade A2, stage eql, rank 2", "Vice president", "Downloads"):
        assert words in said
    assert "For the stage counted it lacks criterion zero" in said


def test_what_a_lead_lacks_is_said_in_figures(
    explain: Callable[..., Ended], dirty_case: Published
) -> None:
    higher = explain(dirty_case, "A", "--json").report["higher_stages"]
    assert higher[0] == {"stage": "lead", "lacking": ["score of 5 (now -4.2334)"]}
    assert [each["stage"] for each in higher] == ["lead", "mql", "eql", "counted", "sql"]


def test_an_excluded_lead_is_explained_with_the_reasons(
    explain: Callable[..., Ended], dirty_case: Published
) -> None:
    said = explain(dirty_case, "a").said
    assert "not ranked" in said
    assert "Excluded: unsubscribed; competitor" in said
    assert "lacks" not in said
    assert explain(dirty_case, "won", "--json").report["higher_stages"] == []
    assert explain(dirty_case, "won", "--model", "n", "--json").report["lead"]["score"] == "0.0001"


def test_leads_that_were_not_scored_are_told_apart(
    explain: Callable[..., Ended], dirty_case: Published
) -> None:
    unknown = explain(dirty_case, "dupp", code=2).said
    assert "no lead 'dupp' was scored" in unknown
    assert "did you mean 'dup'" in unknown
    assert "no lead 'late' was scored" in explain(dirty_case, "late", code=2).said
    model = explain(dirty_case, "7", "--model", "o", "--json", code=2).report
    assert "there is no model 'o'" in model["message"]


@pytest.mark.parametrize("lead_id", [ODD[0], ODD[2], ODD[8], ODD[13], ODD[16]])
def test_any_lead_id_can_be_asked_for(
    explain: Callable[..., Ended], odd: Published, lead_id: str
) -> None:
    ended = explain(odd, lead_id)
    assert " ".join(f"Lead {lead_id} ".split()) in ended.said


def test_an_older_publication_stays_whole_while_readers_hold_it(
    keyboard: Keyboard, odd: Published
) -> None:
    with duckdb.connect(str(odd.out / DATABASE), read_only=True) as reader:
        before = reader.execute("select count(*) from lead_scoring__ranked_leads").fetchone()
        keyboard.type("export", "--out", odd.out, "--format", "csv,parquet,json,xlsx")
        assert (
            reader.execute("select count(*) from lead_scoring__ranked_leads").fetchone() == before
        )
