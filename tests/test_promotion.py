"""The command promote: another champion where an evaluation says that it is not worse, logged."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from command import DATABASE, Ended, query, read_csv, score_leads
from evaluation_case import KNOWN_UNTIL, evaluation_options, write_evaluation_case
from lead_scoring.configuration import fingerprint
from lead_scoring.configuration_checks import check_configuration
from lead_scoring.configuration_edit import with_champion, with_promotion
from lead_scoring.errors import UsageError
from lead_scoring.evaluation import DATABASE_NAME, read_evaluation
from lead_scoring.output_folder import OutputFolder
from lead_scoring.promotion import PromotionRequest, promote

if TYPE_CHECKING:
    from conftest import Published

MODELS, LOG = "lead_scoring__models.csv", "lead_scoring__promotions.csv"
CHAMPION, ALIKE, WORSE = "fine", "plain", "backwards"
# A model that has the best leads last.
BACKWARDS = {
    "models": "backwards,false,,,,,,\n",
    "groups": "backwards,web,engagement,sum\n",
    "criteria": (
        "backwards,views,web,event,page_view,,,-3,,,\n"
        "backwards,demo,web,event,demo_request,,,-30,,,\n"
    ),
    "bands": "backwards,fit,A,\nbackwards,engagement,1,\n",
    "stages": "backwards,lead,1,\n",
}

# What the golden case that was made by hand has in its log.
LOGGED = [
    (
        datetime(2026, 5, 4, 8, 15, 30), "gone", "n", "too few to tell", True,
        'null, or "nobody" knows', None, None, None, None, None, "demo",
        date(2026, 1, 5), date(2026, 3, 30), 30, datetime(2026, 5, 4, 8, 1, 2), "a1",
    ),
    (
        datetime(2026, 6, 1, 9), "n", "m", "better", False, None, Decimal("0.61234567"),
        Decimal("0.71"), Decimal("0.09765433"), Decimal("0.01"), Decimal("0.18530866"), "files",
        date(2026, 1, 5), date(2026, 4, 27), 30, datetime(2026, 6, 1, 8, 59, 59), "0b",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """Rules that were evaluated, a copy for each test."""

    config: Path
    out: Path

    def promote(self, model: str, *options: object, code: int = 0) -> Ended:
        words = ("promote", model, "--config", self.config, "--out", self.out)
        return score_leads(*words, *options, code=code)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.config.iterdir()}

    def champions(self) -> list[str]:
        rows = read_csv(self.config / MODELS)
        return [row["model_id"] for row in rows if row["is_champion"] == "true"]

    def log(self) -> list[dict[str, str]]:
        return read_csv(self.config / LOG)

    def change(self, statement: str) -> None:
        with duckdb.connect(str(self.out / DATABASE_NAME)) as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    folder = tmp_path_factory.mktemp("promotion")
    case = write_evaluation_case(folder / "case")
    for name, rows in BACKWARDS.items():
        with (case / "config" / f"lead_scoring__{name}.csv").open("a", encoding="utf-8") as file:
            file.write(rows)
    ended = score_leads(
        "evaluate", *evaluation_options(case), "--from", "2026-02-01", "--to", "2026-04-12",
        "--as-of", KNOWN_UNTIL, "--out", folder / "out",
    )  # fmt: skip
    assert f"Model {WORSE} against the champion {CHAMPION}: worse, and by more" in ended.said
    assert f"Model {ALIKE} against the champion {CHAMPION}: no difference beyond" in ended.said
    return Rules(case / "config", folder / "out")


@pytest.fixture
def rules(evaluated: Rules, tmp_path: Path) -> Rules:
    own = Rules(tmp_path / "rules", tmp_path / "out")
    shutil.copytree(evaluated.config, own.config)
    own.out.mkdir()
    shutil.copy(evaluated.out / DATABASE_NAME, own.out)
    return own


def published_log(database: Path) -> list[tuple[Any, ...]]:
    return query(database, "select * from lead_scoring__champion_changes order by promoted_at")


def comparison(rules: Rules, model: str) -> Mapping[str, Any]:
    """Return what the evaluation says of the AUCs."""
    (row,) = [
        row
        for row in read_evaluation(rules.out / DATABASE_NAME)["evaluation_comparison"]
        if (row["model_id"], row["figure"]) == (model, "auc")
    ]
    return row


def test_a_model_that_is_not_worse_becomes_the_champion_and_is_logged(rules: Rules) -> None:
    before, rules_before = rules.files(), check_configuration(rules.config).configuration
    assert rules_before is not None
    found = comparison(rules, ALIKE)
    (summary,) = [
        row
        for row in read_evaluation(rules.out / DATABASE_NAME)["evaluation_summary"]
        if (row["model_id"], row["slice"]) == (CHAMPION, "overall")
    ]
    report = rules.promote(ALIKE, "--override", "to be sure", "--json").report
    assert rules.champions() == [ALIKE]
    assert (report["is_promoted"], report["is_override"]) == (True, False)
    assert report["previous_champion"] == CHAMPION
    assert report["verdict"] == "no difference beyond noise"

    after = rules.files()
    assert after.keys() - before.keys() == {LOG}
    assert [name for name, content in before.items() if after[name] != content] == [MODELS]
    assert after[MODELS] == before[MODELS].replace(b"fine,true", b"fine,false").replace(
        b"plain,false", b"plain,true"
    )
    (row,) = rules.log()
    assert {name: cell for name, cell in row.items() if name != "promoted_at"} == {
        "previous_champion": CHAMPION,
        "champion": ALIKE,
        "verdict": "no difference beyond noise",
        "is_override": "false",
        "reason": "to be sure",
        "previous_auc": as_written(found["champion_value"]),
        "auc": as_written(found["model_value"]),
        "auc_difference": as_written(found["difference"]),
        "auc_difference_low": as_written(found["difference_low"]),
        "auc_difference_high": as_written(found["difference_high"]),
        "inputs": "files",
        "first_date": "2026-02-01",
        "last_date": str(summary["last_date"]),
        "horizon_days": "30",
        "evaluated_at": report["evaluated_at"],
        "configuration_fingerprint": fingerprint(rules_before),
    }
    age = datetime.now(timezone.utc).replace(tzinfo=None) - datetime.fromisoformat(
        row["promoted_at"]
    )
    assert timedelta(0) <= age < timedelta(minutes=10)
    assert check_configuration(rules.config).problems == []

    # All comparisons of the evaluation are with the champion of its time.
    ended = rules.promote(WORSE, code=2)
    assert f"compares with {CHAMPION}, and the champion of" in ended.said
    assert f"is {ALIKE} now: evaluate" in ended.said
    assert rules.files() == after


def as_written(figure: Decimal) -> str:
    return f"{figure.normalize():f}"


def test_a_model_that_is_worse_is_promoted_for_a_reason_alone(rules: Rules) -> None:
    before = rules.files()
    ended = rules.promote(WORSE, "--json", code=1)
    assert ended.report["is_promoted"] is False
    assert ended.report["verdict"] == "worse"
    assert "not promoted: model backwards is worse than the champion fine" in ended.said
    assert "needs a reason" in rules.promote(WORSE, "--override", " ", code=2).said
    assert rules.files() == before

    reason = 'the board, "as ever",\nwants it'
    assert (
        f"Overridden: {' '.join(reason.split())}" in rules.promote(WORSE, "--override", reason).said
    )
    (row,) = rules.log()
    assert (row["verdict"], row["is_override"], row["reason"]) == ("worse", "true", reason)
    assert rules.champions() == [WORSE]
    assert check_configuration(rules.config).errors == []


def test_where_nobody_can_tell_nothing_is_promoted(rules: Rules) -> None:
    rules.change(
        "update lead_scoring__evaluation_comparison set verdict = 'too few to tell', "
        "difference = null, difference_low = null, difference_high = null"
    )
    before = rules.files()
    ended = rules.promote(ALIKE, code=1)
    assert "too few leads convert, or don't, to tell whether model plain is worse" in ended.said
    assert rules.files() == before
    rules.promote(ALIKE, "--override", "new here")
    (row,) = rules.log()
    assert (row["auc_difference"], row["auc_difference_low"]) == ("", "")
    assert row["is_override"] == "true"


def test_the_champion_stays_the_champion_without_a_word_in_the_log(rules: Rules) -> None:
    before = rules.files()
    assert "is the champion of" in rules.promote(CHAMPION).said
    assert rules.files() == before


def test_what_can_not_decide_is_refused(rules: Rules) -> None:
    stale = rules.config / "lead_scoring__criteria.csv"
    content = stale.read_text(encoding="utf-8")
    stale.write_text(content.replace("demo_request,,,30", "demo_request,,,31"), encoding="utf-8")
    assert "is of other rules than those in" in rules.promote(ALIKE, code=2).said
    stale.write_text(content.replace("plain,big,who", "plain,big,whom"), encoding="utf-8")
    assert "unknown group 'whom'" in rules.promote(ALIKE, code=2).said
    stale.write_text(content, encoding="utf-8")
    assert "did you mean 'plain'?" in rules.promote("plane", code=2).said
    rules.change("drop table lead_scoring__evaluation_manifest")
    assert "was made by another version: evaluate" in rules.promote(ALIKE, code=2).said
    (rules.out / DATABASE_NAME).unlink()
    assert "nothing was evaluated in" in rules.promote(ALIKE, code=2).said
    (rules.out / DATABASE_NAME).write_text("a text, and no database")
    assert "is not a DuckDB database" in rules.promote(ALIKE, code=4).said
    assert rules.champions() == [CHAMPION]
    assert LOG not in rules.files()


def test_two_do_not_change_the_rules_at_once(rules: Rules) -> None:
    descriptor = os.open(rules.config, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert "is being changed by another process" in rules.promote(ALIKE, code=3).said
    finally:
        os.close(descriptor)
    rules.promote(ALIKE)


def test_a_promotion_that_was_killed_half_way_is_logged_once(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = PromotionRequest(OutputFolder(rules.out), rules.config, ALIKE, None)
    replace = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if target.name == MODELS:
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            promote(request)
    assert rules.champions() == [CHAMPION]
    first = rules.log()
    assert len(first) == 1
    assert promote(request).is_made
    assert rules.champions() == [ALIKE]
    assert rules.log() == first
    assert not [name for name in rules.files() if name.endswith(".tmp")]


def test_a_link_and_the_permissions_of_a_file_stay(rules: Rules) -> None:
    real = rules.config.parent / "models.csv"
    (rules.config / MODELS).rename(real)
    real.chmod(0o640)
    (rules.config / MODELS).symlink_to(real)
    rules.promote(ALIKE)
    assert (rules.config / MODELS).readlink() == real
    assert real.stat().st_mode & 0o777 == 0o640
    assert rules.champions() == [ALIKE]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"model_id,is_champion\na,true\nb,false\n", b"model_id,is_champion\na,false\nb,true\n"),
        # A spreadsheet's file: byte-order mark, CRLF, its own words, no end of the last line.
        (
            '\ufeffIs_Champion,note,model_id\r\nFALSE,"é, ""x""", b \r\nTRUE,,a'.encode(),
            '\ufeffIs_Champion,note,model_id\r\nTRUE,"é, ""x""", b \r\nFALSE,,a'.encode(),
        ),
        # Blank for false, quotes, a line break in a cell, blank lines, and nothing else changed.
        (
            b'model_id,description,is_champion\n\n"a","1\n2","yes"\n"b", it ,\nc,true,no\n',
            b'model_id,description,is_champion\n\n"a","1\n2",\n"b", it ,"yes"\nc,true,no\n',
        ),
    ],
)
def test_two_cells_change_places_and_every_other_byte_stays(before: bytes, after: bytes) -> None:
    assert with_champion(before, "b") == after


def test_the_log_is_added_to_in_its_own_form() -> None:
    row = dict.fromkeys(log_columns(), "1") | {
        "promoted_at": "2026-01-01 00:00:00",
        "reason": "a,b",
    }
    first = with_promotion(None, row)
    head, added = first.decode().splitlines()
    assert head.split(",") == log_columns()
    assert added.startswith('2026-01-01 00:00:00,1,1,1,1,"a,b",1')
    # The same again at another time is what a kill left.
    assert with_promotion(first, row | {"promoted_at": "2026-01-02 00:00:00"}) == first
    assert with_promotion(first, row | {"reason": "c"}) != first
    columns = [*reversed(log_columns()), "note"]
    kept = ("\ufeff" + ",".join(columns) + "\r\n" + "0," * 17 + "mine").encode()
    longer = with_promotion(kept, row)
    assert longer.startswith(kept + b"\r\n")
    assert (
        longer[len(kept) + 2 :] == b'1,1,1,1,1,1,1,1,1,1,1,"a,b",1,1,1,1,2026-01-01 00:00:00,\r\n'
    )
    with pytest.raises(UsageError, match="lacks reason"):
        with_promotion(",".join(name for name in columns if name != "reason").encode(), row)


def log_columns() -> list[str]:
    default = Path(__file__).parents[1] / "seeds" / "scoring" / LOG
    return default.read_text(encoding="utf-8").strip().split(",")


def test_the_log_is_published_with_each_run(dirty_case: Published) -> None:
    assert published_log(dirty_case.out / DATABASE) == LOGGED


def test_the_log_is_no_rule(rules: Rules) -> None:
    without = check_configuration(rules.config).configuration
    assert without is not None
    row = dict.fromkeys(log_columns(), "") | {
        "promoted_at": "2026-01-01 00:00:00", "previous_champion": "gone", "champion": "gone too",
        "verdict": "better", "inputs": "demo", "first_date": "2026-01-01",
        "last_date": "2026-01-02", "horizon_days": "7", "evaluated_at": "2026-01-01 00:00:00",
        "configuration_fingerprint": "0",
    }  # fmt: skip
    (rules.config / LOG).write_bytes(with_promotion(None, row))
    checked = check_configuration(rules.config)
    assert checked.problems == []
    assert checked.configuration is not None
    assert fingerprint(checked.configuration) == fingerprint(without)
    (rules.config / LOG).write_bytes(with_promotion(None, row | {"promoted_at": "yesterday"}))
    (problem,) = check_configuration(rules.config).errors
    assert "'yesterday' is not a timestamp" in problem.sentence()
