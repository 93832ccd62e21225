"""A lead that is named for erasure is gone from all that is kept; one that is absent is not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from command import DATABASE, query, score_leads, write_csv

FORGOTTEN, ABSENT = "forget-this-one", "absent-this-night"
FIRST, SECOND, THIRD = "2026-06-01", "2026-06-02", "2026-06-03"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Write leads that have been in three nights' files, with events, a deal and a past."""
    leads = [FORGOTTEN, f"{FORGOTTEN}-not", ABSENT, "stays"]
    write_csv(
        tmp_path / "leads.csv",
        [
            {"lead_id": f" {name} ", "created_at": "2026-05-01", "job_title": "CEO"}
            for name in leads
        ],
    )
    write_csv(
        tmp_path / "events.csv",
        [
            {
                "event_id": f"{name} {number}", "lead_id": name, "event_type": "demo_request",
                "occurred_at": day,
            }
            for name in leads
            for number, day in enumerate((FIRST, THIRD, "never"))
        ],
    )  # fmt: skip
    write_csv(
        tmp_path / "outcomes.csv",
        [{"lead_id": name, "outcome": "won", "occurred_at": SECOND} for name in leads[:2]],
    )
    write_csv(
        tmp_path / "lead_history.csv",
        [
            {"lead_id": name, "valid_from": day, "job_title": "Student"}
            for name in leads
            for day in ("2026-05-01", "2026-05-01")
        ],
    )
    return tmp_path


def run(case: Path, as_of: str, *options: object) -> None:
    relations = ("leads", "events", "outcomes", "lead_history")
    files = [f"--{name.replace('_', '-')}={case / name}.csv" for name in relations]
    out = case / "out"
    score_leads("run", *files, "--as-of", as_of, "--out", out, "--format", "csv", *options)


def tables_with(database: Path, lead_id: str) -> set[str]:
    """Return the tables of which a row has the text of an id anywhere, as a whole word."""
    with duckdb.connect(database, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where not internal"
        ).fetchall()
        word = rf"(^|[^\w-]){lead_id}($|[^\w-])"
        return {
            table
            for (table,) in tables
            if connection.execute(
                f"select 1 from {table} as found where regexp_matches(cast(found as varchar), ?)",
                [word],
            ).fetchall()
        }


def test_a_named_lead_is_gone_from_every_table_and_publication(case: Path) -> None:
    out = case / "out"
    run(case, FIRST)
    score_leads("report", "--out", out)
    assert f">{FORGOTTEN}<" in (out / "report.html").read_text(encoding="utf-8")
    run(case, SECOND)
    kept = ("score_history", "stage_transitions", "recent_contributions", "rejected_records")
    named = tables_with(out / DATABASE, FORGOTTEN)
    assert named >= {f"main.lead_scoring__{mart}" for mart in kept}
    others = "from lead_scoring__score_history where lead_id <> ? order by all"
    columns = "select model_id, lead_id, as_of_date, score, run_id"
    before = query(out / DATABASE, f"{columns} {others}", FORGOTTEN)

    leads = (case / "leads.csv").read_text(encoding="utf-8").splitlines()
    remaining = [line for line in leads if ABSENT not in line]
    (case / "leads.csv").write_text("\n".join(remaining) + "\n", encoding="utf-8")
    erased = case / "erased.txt"
    erased.write_text(f"\n\u00a0{FORGOTTEN}\r\nnever-heard-of\n", encoding="utf-8")
    run(case, THIRD, "--erase", erased)

    assert tables_with(out / DATABASE, FORGOTTEN) == set()
    assert tables_with(out / ".work" / "warehouse.duckdb", FORGOTTEN) == set()
    assert [run.name for run in (out / ".runs").iterdir()] == [(out / ".current").readlink().name]
    assert not (out / "report.html").exists()
    published = b"".join(path.read_bytes() for path in out.rglob("*.csv"))
    assert f",{FORGOTTEN},".encode() not in published
    # Everybody else's past stays, that of a lead which is missing from the load too.
    after = query(out / DATABASE, f"{columns} {others}", FORGOTTEN)
    assert [row for row in after if str(row[2]) != THIRD] == before
    assert {row[1] for row in before} == {f"{FORGOTTEN}-not", ABSENT, "stays"}


@pytest.mark.parametrize(
    ("content", "said"), [(None, "there is no such file"), ("\n \n", "names no lead")]
)
def test_a_file_that_names_no_lead_is_refused(
    content: str | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "erased.txt"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    ended = score_leads("run", "--out", tmp_path / "out", "--erase", file, code=2)
    assert said in ended.said
