"""Rule changes seen before they are made: hand-computed, against the oracle, and as a guard."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from command import GOLDEN, PROJECT, case_arguments, read_csv, score_leads, start, write_csv
from conftest import Published
from keyboard import Keyboard
from lead_scoring.errors import UsageError
from lead_scoring.fail_conditions import Change, Figures, parse_condition
from lead_scoring.output_folder import OutputFolder
from oracle import figure, score
from oracle_inputs import CaseFiles, read_configuration
from random_cases import AS_OF, write_case
from test_docs import DOCS, FENCE, first_table, section, tables, text_of

PAGE = DOCS / "changing-rules.md"
TITLE = "job_title"

# A change of rules whose every effect was worked out by hand.
#
# Before: score = 0.5 * (role + company) + web, where web is at most 10.
#   L1  0.5 * 30 + 3 = 18 sql, L2 10 mql, L3 4 visits: 12, held at 10, mql, L8 10 mql, =L6 5, L4 0
# After:  the same with other points, and L8 is disqualified.
#   L1  0.5 * 50 + 6 = 31 hot, =L6 20 hot, L3 24, held at 10, cold, L2 5 cold, L4 0


def configuration(
    folder: Path,
    points: dict[str, tuple[str, str, str]],
    stages: dict[str, str],
    teams: dict[str, str],
    excluded: str,
) -> Path:
    """Write the rules of a model m.

    Args:
        folder: Where to.
        points: Subject, value and points by criterion.
        stages: The least score by stage.
        teams: The team by stage.
        excluded: The domains of companies that are excluded.
    """
    rows: dict[str, list[dict[str, str]]] = {
        "models": [{"is_champion": "true", "fit_weight": "0.5"}],
        "groups": [
            {"group_id": "who", "dimension": "fit", "combine": "sum", "max_points": ""},
            {"group_id": "web", "dimension": "engagement", "combine": "sum", "max_points": "10"},
        ],
        "criteria": [
            {
                "criterion_id": name,
                "group_id": "web" if subject == "visit" else "who",
                "signal": "event" if subject == "visit" else "attribute",
                "subject": subject,
                "operator": "" if subject == "visit" else "equals",
                "value": value,
                "points": worth,
            }
            for name, (subject, value, worth) in points.items()
        ],
        "bands": [
            {"dimension": dimension, "band": band, "min_points": ""}
            for dimension, band in (("fit", "A"), ("engagement", "1"))
        ],
        "stages": [
            {"stage": stage, "stage_order": str(place), "min_score": least}
            for place, (stage, least) in enumerate(stages.items(), start=1)
        ],
        "actions": [
            {"stage": stage, "action": "go", "owner_team": team} for stage, team in teams.items()
        ],
        "exclusions": [
            {
                "exclusion_id": "x",
                "attribute": "company_domain",
                "operator": "in",
                "value": excluded,
                "reason": "x",
            }
        ],
    }
    for seed, table in rows.items():
        write_csv(folder / f"lead_scoring__{seed}.csv", [{"model_id": "m", **row} for row in table])
    return folder


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path, Path]]:
    """The worked change: the JSON report, the CSV, and the folder with everything in it."""
    folder = tmp_path_factory.mktemp("worked")
    leads = {
        "L1": ("chief", "large", ""),
        "L2": ("chief", "", ""),
        "L3": ("", "", ""),
        "L4": ("", "", ""),
        "L5": ("chief", "", "rival.example"),
        "=L6": ("", "large", ""),
        "L7": ("chief", "", ""),
        "L8": ("chief", "", "partner.example"),
    }
    write_csv(
        folder / "leads.csv",
        [
            {"lead_id": name, TITLE: title, "size": size, "company_domain": domain}
            for name, (title, size, domain) in leads.items()
        ],
    )
    write_csv(
        folder / "events.csv",
        [
            {
                "event_id": str(number),
                "lead_id": lead,
                "event_type": "visit",
                "occurred_at": "2026-06-01",
            }
            for number, lead in enumerate(["L1", "L3", "L3", "L3", "L3"])
        ],
    )
    write_csv(
        folder / "outcomes.csv",
        [{"lead_id": "L7", "outcome": "won", "occurred_at": "2026-06-01"}],
    )
    before = configuration(
        folder / "before",
        {
            "chief": (TITLE, "chief", "20"),
            "large": ("size", "large", "10"),
            "visit": ("visit", "", "3"),
        },
        {"cold": "", "mql": "10", "sql": "16"},
        {"mql": "sdr", "sql": "sales"},
        excluded="rival.example",
    )
    after = configuration(
        folder / "after",
        {
            "chief": (TITLE, "chief", "10"),
            "=big": ("size", "large", "40"),
            "visit": ("visit", "", "6"),
        },
        {"cold": "", "mql": "12", "hot": "20"},
        {"cold": "marketing", "mql": "sdr", "hot": "sales"},
        excluded="rival.example|partner.example",
    )
    ended = score_leads(
        "diff", "--config", after, "--against", before, "--as-of", "2026-06-30",
        *(word for name in ("leads", "events", "outcomes")
          for word in (f"--{name}", folder / f"{name}.csv")),
        "--out", folder / "out", "--csv", folder / "diff.csv", "--top", "2", "--json",
        "--fail-if", "hot >  1x", "--fail-if", "mql > 1.2x", "--fail-if", "stage_changes >= 62.5%",
        "--fail-if", "rank_correlation < 0.7", "--fail-if", "team:sales >= 2x",
        code=1,
    )  # fmt: skip
    yield ended.report, folder / "diff.csv", folder
    assert not (folder / "out" / ".current").exists()


Worked = tuple[dict[str, Any], Path, Path]


def test_a_worked_change_of_stages_comes_out_by_hand(worked: Worked) -> None:
    report, _, _ = worked
    assert (report["leads"], report["stage_changes"]) == (8, 5)
    moves = {
        (row["stage_before"], row["stage_after"]): row["leads"] for row in report["stage_matrix"]
    }
    assert moves == {
        ("sql", "hot"): 1,
        ("mql", "cold"): 2,
        ("mql", "disqualified"): 1,
        ("cold", "hot"): 1,
        ("cold", "cold"): 1,
        ("customer", "customer"): 1,
        ("disqualified", "disqualified"): 1,
    }
    stages = [(row["stage"], row["leads_before"], row["leads_after"]) for row in report["stages"]]
    assert stages == [
        ("cold", 2, 3),
        ("mql", 3, 0),
        ("sql", 1, 0),
        ("hot", 0, 2),
        ("customer", 1, 1),
        ("disqualified", 1, 2),
    ]


def test_a_worked_rank_correlation_leaves_out_who_is_ranked_once(worked: Worked) -> None:
    """Before L1 L3 L2 =L6 L4, after L1 =L6 L3 L2 L4: 1 - 6 * (1 + 1 + 4) / (5 * 24)."""
    report, _, _ = worked
    ranked = [report[f"ranked_{name}"] for name in ("before", "after", "in_both")]
    assert ranked == [6, 5, 5]
    assert Decimal(report["rank_correlation"]) == Decimal("0.7")
    assert report["top"] == {"leads": 2, "stay": 1}


def test_worked_teams_come_out_by_hand(worked: Worked) -> None:
    report, _, _ = worked
    teams = [(row["team"], row["leads_before"], row["leads_after"]) for row in report["teams"]]
    assert teams == [("sdr", 3, 0), ("sales", 1, 2), ("marketing", 0, 3), (None, 4, 3)]


def test_worked_movers_and_their_criteria_come_out_by_hand(worked: Worked) -> None:
    report, path, _ = worked
    assert [row["lead_id"] for row in report["movers"]] == ["=L6", "L1"]
    rows = read_csv(path)
    assert [row["lead_id"] for row in rows] == ["L1", "'=L6", "L3", "L2", "L4", "L5", "L7", "L8"]
    told = {
        row["lead_id"]: [
            *(row[name] for name in ("criterion_1", "criterion_2", "criterion_3")),
            *(
                Decimal(row[f"{name}_change"] or "0")
                for name in ("criterion_1", "criterion_2", "criterion_3", "other_criteria")
            ),
            Decimal(row["limits_change"]),
            Decimal(row["score_change"]),
        ]
        for row in rows
    }
    assert told == {
        "L1": ["'=big", "chief", "large", 20, -5, -5, 3, 0, 13],
        "'=L6": ["'=big", "large", "", 20, -5, 0, 0, 0, 15],
        "L3": ["visit", "", "", 12, 0, 0, 0, -12, 0],
        "L2": ["chief", "", "", -5, 0, 0, 0, 0, -5],
        "L4": ["", "", "", 0, 0, 0, 0, 0, 0],
        "L5": ["chief", "", "", -5, 0, 0, 0, 0, -5],
        "L7": ["chief", "", "", -5, 0, 0, 0, 0, -5],
        "L8": ["chief", "", "", -5, 0, 0, 0, 0, -5],
    }
    assert rows[1] | {"criterion_1": "", "criterion_2": ""} == {
        **rows[1],
        "model_before": "m",
        "model_after": "m",
        "as_of_date": "2026-06-30",
        "score_before": "5.0000",
        "score_after": "20.0000",
        "rank_before": "5",
        "rank_after": "2",
        "rank_change": "-3",
        "stage_before": "cold",
        "stage_after": "hot",
        "grade_before": "A1",
        "grade_after": "A1",
        "owner_team_before": "",
        "owner_team_after": "sales",
        "criterion_1": "",
        "criterion_2": "",
    }
    assert [rows[-1][f"rank_{name}"] for name in ("before", "after", "change")] == ["4", "", ""]


def test_conditions_that_hold_fail_and_are_named(worked: Worked) -> None:
    report, _, _ = worked
    assert report["status"] == "failed"
    verdicts = [
        (row["condition"], Decimal(row["figure"]), Decimal(row["limit"]), row["holds"])
        for row in report["fail_if"]
    ]
    assert verdicts == [
        ("hot > 1x", 2, 0, True),
        ("mql > 1.2x", 0, Decimal("3.6"), False),
        ("stage_changes >= 62.5%", 5, 5, True),
        ("rank_correlation < 0.7", Decimal("0.7"), Decimal("0.7"), False),
        ("team:sales >= 2x", 2, 2, True),
    ]
    named = " ".join(error["message"] for error in report["errors"])
    assert [text in named for text, *_ in verdicts] == [True, False, True, False, True]


def test_columns_and_keys_are_those_of_the_page(worked: Worked) -> None:
    report, path, _ = worked
    columns, keys = tables(section(PAGE, "## As a file"))
    documented = [name for cell in columns.column("column") for name in cell.split(", ")]
    assert documented == list(read_csv(path)[0])
    documented = [name for cell in keys.column("key") for name in cell.split(", ")]
    assert ["status", "exit_code", *documented, "errors", "message"] == list(report)


def test_subjects_of_conditions_are_those_of_the_page() -> None:
    subjects = first_table(PAGE, "## As a guard in CI").column("subject")
    assert subjects == [
        "a stage, as `mql` or `stage:mql`",
        "`team:NAME`",
        "`stage_changes`",
        "`rank_correlation`",
    ]


def test_the_comparison_is_laid_out_as_the_models_are() -> None:
    file = PROJECT / "scripts" / "lead_scoring" / "configuration_diff.sql"
    linted = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", "--templater", "raw", str(file)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


# Against the oracle


def test_random_rules_are_compared_as_the_oracle_scores_them(tmp_path: Path) -> None:
    """The champions are two models, and other models are on one side only."""
    write_case(tmp_path / "one", 10, leads=60, events=600)
    write_case(tmp_path / "two", 6, leads=60, events=600)
    case = tmp_path / "one"
    other = tmp_path / "two" / "config"
    files = CaseFiles.in_folder(case)
    options = [
        *case_arguments(case), "--against", other, "--out", "out",
        "--csv", "diff.csv", "--json", "--top", "5",
    ]  # fmt: skip
    report = score_leads("diff", *options, cwd=tmp_path).report
    assert (tmp_path / "out" / ".work" / "diff" / ".work" / "logs" / "dbt.log").exists()
    sides = {
        "before": CaseFiles(files.leads, other, files.events, files.outcomes),
        "after": files,
    }
    models = {name: report[name]["model"] for name in sides}
    assert models == {"before": "core", "after": "rival"}
    assert [note.partition(":")[0] for note in report["notes"]] == [
        "the champion is another one",
        "model Third, 3 is only in the rules after, and was not compared",
    ]
    rows = {row["lead_id"].removeprefix("'"): row for row in read_csv(tmp_path / "diff.csv")}
    earned: dict[str, dict[str, Decimal]] = {lead: defaultdict(Decimal) for lead in rows}
    ranks: dict[str, dict[str, int]] = {}
    for name, side in sides.items():
        expected = score(side, AS_OF)
        configured = read_configuration(side.config)
        (weights,) = (row for row in configured["models"] if row["model_id"] == models[name])
        ranked = [row for row in expected.ranked_leads if row["model_id"] == models[name]]
        assert len(ranked) == len(rows) > 20
        for row in ranked:
            told = rows[row["lead_id"]]
            for column in ("score", "stage", "grade", "owner_team"):
                assert told[f"{column}_{name}"].removeprefix("'") == row[column]
            assert told[f"rank_{name}"] == row["score_rank"]
        ranks[name] = {
            row["lead_id"]: int(row["score_rank"]) for row in ranked if row["score_rank"]
        }
        dimensions = {
            (row["model_id"], row["group_id"]): row["dimension"] for row in configured["groups"]
        }
        criteria = {
            row["criterion_id"]: dimensions[row["model_id"], row["group_id"]]
            for row in configured["criteria"]
            if row["model_id"] == models[name]
        }
        for row in expected.contributions:
            if row["model_id"] == models[name]:
                weight = figure(weights, f"{(criteria[row['criterion_id']] or '').lower()}_weight")
                worth = Decimal(row["points"]) * (Decimal(1) if weight is None else weight)
                sign = 1 if name == "after" else -1
                earned[row["lead_id"]][row["criterion_id"]] += sign * worth
    for lead, row in rows.items():
        changes = [(name, worth) for name, worth in earned[lead].items() if worth]
        changes.sort(key=lambda change: (-abs(change[1]), change[0]))
        told = [
            (row[f"criterion_{place}"].removeprefix("'"), Decimal(row[f"criterion_{place}_change"]))
            for place in (1, 2, 3)
            if row[f"criterion_{place}"]
        ]
        assert told == changes[:3]
        rest = Decimal(row["other_criteria_change"])
        assert rest == sum(worth for _, worth in changes[3:])
        total = sum((worth for _, worth in changes), Decimal(0)) + Decimal(row["limits_change"])
        assert total == Decimal(row["score_change"])
    assert abs(float(report["rank_correlation"]) - pearson(ranks)) < 0.000001
    best = {name: {lead for lead, rank in ranks[name].items() if rank <= 5} for name in sides}
    assert report["top"] == {"leads": 5, "stay": len(best["before"] & best["after"])}


def pearson(ranks: dict[str, dict[str, int]]) -> float:
    """Return the correlation of ranks by its definition: covariance over deviations."""
    both = sorted(ranks["before"].keys() & ranks["after"].keys())
    numbered = []
    for side in ranks.values():
        order = sorted(both, key=side.__getitem__)
        numbered.append([order.index(lead) for lead in both])
    mean = (len(both) - 1) / 2
    first, second = ([place - mean for place in places] for places in numbered)
    covariance = sum(a * b for a, b in zip(first, second, strict=True))
    spread = sum(a * a for a in first) * sum(b * b for b in second)
    return float(covariance / spread**0.5)


# Nothing that is published changes


def published_bytes(out: Path) -> dict[str, object]:
    """Return what stands in a folder but for its work: links by their target, files by content."""
    found: dict[str, object] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        if name.parts[0] == ".work" or (path.is_dir() and not path.is_symlink()):
            continue
        found[str(name)] = path.readlink() if path.is_symlink() else path.read_bytes()
    return found


def test_a_killed_diff_leaves_no_harm_and_the_same_rules_change_nothing(
    dirty_case: Published,
) -> None:
    out = dirty_case.out
    before = published_bytes(out)
    options = [*case_arguments(GOLDEN / "case_4"), "--out", out, "--json"]
    database = out / ".work" / "diff" / ".work" / "warehouse.duckdb"
    started = start("diff", *options)
    deadline = time.monotonic() + 300
    while not database.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    started.communicate()
    assert database.exists()
    assert published_bytes(out) == before

    report = score_leads("diff", *options, "--fail-if", "rank_correlation < 1").report
    assert published_bytes(out) == before
    assert not database.exists()
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert report["before"]["config"].endswith(f"{manifest['run_id']}/config")
    assert report["stage_changes"] == 0
    assert Decimal(report["rank_correlation"]) == 1
    assert report["movers"] == []
    assert all(row["stage_before"] == row["stage_after"] for row in report["stage_matrix"])
    assert all(row["leads_before"] == row["leads_after"] for row in report["teams"])


def test_the_page_shows_what_a_change_of_the_demo_s_rules_prints(
    demo: Published, tmp_path: Path
) -> None:
    rules = tmp_path / "my-rules"
    shutil.copytree(PROJECT / "seeds" / "scoring", rules)
    criteria = rules / "lead_scoring__criteria.csv"
    rows = read_csv(criteria)
    (webinars,) = (row for row in rows if row["criterion_id"] == "webinars")
    assert webinars["points"] == "12"
    webinars["points"] = "20"
    write_csv(criteria, rows)
    before = published_bytes(demo.out)
    ended = score_leads(
        "diff", "--config", "my-rules", "--top", "5", "--out", demo.out, cwd=tmp_path
    )
    assert published_bytes(demo.out) == before
    assert "[" not in ended.out
    printed = [line.rstrip() for line in ended.out.splitlines()]
    (block,) = (block for _, block in FENCE.findall(text_of(PAGE)) if block.startswith("$ "))
    shown = [line for line in block.splitlines()[1:] if "…" not in line]
    assert [line for line in shown if line not in printed] == []
    told = [line for line in printed if "/" not in line and not line.startswith("  warning: ")]
    assert max(len(line) for line in told) <= 80


# What is refused before anything is scored


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The default rules in a folder of their own."""
    return Path(shutil.copytree(PROJECT / "seeds" / "scoring", tmp_path / "mine"))


def test_mistakes_of_inputs_and_both_configurations_are_said_at_once(
    keyboard: Keyboard, mine: Path, tmp_path: Path
) -> None:
    old = Path(shutil.copytree(mine, tmp_path / "old"))
    for folder, operator in ((mine, "eqals"), (old, "containz")):
        rows = read_csv(folder / "lead_scoring__criteria.csv")
        rows[0]["operator"] = operator
        write_csv(folder / "lead_scoring__criteria.csv", rows)
    leads = write_csv(tmp_path / "leads.csv", [{"leed": "1", "email": "x"}])
    report = keyboard.refused(
        "diff", "--config", mine, "--against", old, "--leads", leads, "--out", tmp_path / "out"
    )
    told = {
        (error.get("file"), error.get("line"), error.get("value")) for error in report["errors"]
    }
    assert (str(mine / "lead_scoring__criteria.csv"), 2, "eqals") in told
    assert (str(old / "lead_scoring__criteria.csv"), 2, "containz") in told
    assert any(file == str(leads) for file, _, _ in told)


def test_an_unknown_model_stage_or_team_is_refused_with_the_nearest(
    keyboard: Keyboard, mine: Path, tmp_path: Path
) -> None:
    rows = [
        row for row in read_csv(mine / "lead_scoring__models.csv") if row["is_champion"] == "true"
    ]
    for seed in ("models", "groups", "criteria", "bands", "stages", "exclusions", "actions"):
        path = mine / f"lead_scoring__{seed}.csv"
        kept = [row for row in read_csv(path) if row["model_id"] == rows[0]["model_id"]]
        write_csv(path, kept)
    diff = ("diff", "--config", mine, "--out", tmp_path / "out")
    report = keyboard.refused(*diff, "--model", "b2b_saas_simple")
    assert report["message"].endswith(f"in {mine}")
    report = keyboard.refused(*diff, "--model", "b2b_sas")
    assert [error["nearest"] for error in report["errors"]] == ["b2b_saas", "b2b_saas"]
    assert "did you mean 'mql'?" in keyboard.refused(*diff, "--fail-if", "mqll > 1")["message"]
    report = keyboard.refused(*diff, "--fail-if", "mql > 1", "--fail-if", "team:sale > 1")
    assert "did you mean 'sales'?" in report["message"]


def test_somebody_elses_file_is_not_overwritten(keyboard: Keyboard, mine: Path) -> None:
    file = mine / "lead_scoring__stages.csv"
    content = file.read_bytes()
    report = keyboard.refused("diff", "--config", mine, "--csv", file, code=4)
    assert str(file) in report["message"]
    assert file.read_bytes() == content
    keyboard.refused("diff", "--config", mine, "--csv", mine, code=4)


def test_a_second_diff_in_the_folder_waits_and_a_run_need_not(
    keyboard: Keyboard, mine: Path, tmp_path: Path
) -> None:
    out = OutputFolder(tmp_path / "out")
    with OutputFolder(out.work / "diff").hold():
        report = keyboard.refused("diff", "--config", mine, "--out", out.path, code=3)
        assert report["status"] == "busy"
        with out.hold():
            pass


# The conditions

FIGURES = Figures(
    leads=200,
    stages={
        "mql": Change(10, 12),
        "new": Change(0, 1),
        "gone": Change(3, 0),
        "a > b": Change(1, 1),
        "stage_changes": Change(7, 7),
    },
    teams={"field sales": Change(4, 8)},
    stage_changes=10,
    rank_correlation=Decimal("0.9"),
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("mql > 1.2x", False),
        ("mql >= 1.2x", True),
        ("mql>1.19x", True),
        ("mql < 1.2x", False),
        ("mql <= 1.2x", True),
        (" mql\t> 11 ", True),
        ("mql > 12", False),
        ("stage:mql > 11", True),
        ("new > 100x", True),
        ("gone < 0.5x", True),
        ("a > b > 0", True),
        ("stage:stage_changes > 8", False),
        ("stage_changes > 8", True),
        ("stage_changes > 5%", False),
        ("stage_changes >= 5 %", True),
        ("team:field sales >= 2x", True),
        ("team: field sales > 2x", False),
        ("team:nobody > 0", False),
        ("rank_correlation < 0.9", False),
        ("rank_correlation <= 0.9", True),
    ],
)
def test_a_condition_holds_or_not(text: str, holds: bool) -> None:
    assert parse_condition(text).judge(FIGURES).holds is holds


def test_a_condition_on_no_correlation_holds() -> None:
    figures = Figures(1, {}, {}, 0, None)
    verdict = parse_condition("rank_correlation < 0.5").judge(figures)
    assert verdict.holds
    assert "fewer than two leads" in verdict.sentence()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mql",
        "> 1",
        "mql 1.2x",
        "mql > ",
        "mql > x",
        "mql = 3",
        "mql == 3",
        "mql => 3",
        "mql > -1",
        "mql > 1e3",
        "mql > .5",
        "mql > 1,000",
        "mql > 1.2X",
        "mql > 1.2xx",
        "mql > 1.2x or sql > 3",
        "mql > \N{ARABIC-INDIC DIGIT ONE}",
        "mql > 120%",
        "mql > nan",
        "stage_changes > 2x",
        "stage_changes > 101%",
        "rank_correlation < 0.9x",
        "rank_correlation < 90",
        "rank_correlation < 50%",
        "__import__('os').system('true')",
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-if"):
        parse_condition(text).check(["mql", "sql"], ["sales"])
