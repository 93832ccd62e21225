"""A small work database made by hand, as dbt would leave it, to publish from."""

from __future__ import annotations

from pathlib import Path

import duckdb

from lead_scoring.exports import MARTS
from lead_scoring.manifest import ManifestFacts

MODELS = ("standard", "challenger")
FACTS = ManifestFacts(
    inputs_kind="files",
    models=MODELS,
    champion="standard",
    versions={"lead_scoring": "0.1.0", "duckdb": duckdb.__version__},
    configuration_fingerprint="f" * 64,
)

_SCHEMA = """
create or replace table lead_scoring__ranked_leads (
    model_id varchar not null, lead_id varchar not null, as_of_date date not null,
    score_rank bigint, score_percentile bigint, score decimal(38, 4) not null,
    fit_points decimal(38, 4), engagement_points decimal(38, 4), fit_band varchar,
    engagement_band varchar, grade varchar, stage varchar, is_excluded boolean not null,
    exclusion_reasons varchar, last_engaged_on date, reason_1 varchar, reason_2 varchar,
    reason_3 varchar, action varchar, owner_team varchar, sla_hours bigint, nurture_track varchar
);
create or replace table lead_scoring__contributions (
    model_id varchar not null, lead_id varchar not null, as_of_date date not null,
    criterion_id varchar not null, group_id varchar, dimension varchar, occurrences bigint,
    points decimal(38, 6), first_event_date date, last_event_date date
);
create or replace table lead_scoring__score_ledger (
    model_id varchar not null, lead_id varchar not null, as_of_date date not null,
    line_number bigint not null, line_type varchar, item varchar, description varchar,
    points decimal(38, 8), before decimal(38, 8), after decimal(38, 8)
);
create or replace table lead_scoring__rejected_records (
    relation varchar not null, reason varchar not null, record_id varchar, lead_id varchar,
    raw_record varchar
);
create or replace table lead_scoring__run_summary (
    run_id varchar not null, started_at timestamp not null, as_of_date date not null,
    relation varchar not null, rows_read bigint, rows_accepted bigint, rows_rejected bigint,
    missing_lead_id bigint
);
create or replace table int_lead_scoring__leads (
    lead_id varchar, full_name varchar, first_name varchar, last_name varchar, email varchar,
    company_name varchar, job_title varchar
);
comment on table lead_scoring__ranked_leads is 'One row per lead, it''s ranked.';
comment on column lead_scoring__ranked_leads.score is 'The score.';
"""


def make_work_database(
    path: Path,
    run_id: str = "20260630T120000Z-00000001",
    leads: int = 60,
    reason: str = "Asked for a demo",
) -> Path:
    """Write the marts of one run; every third lead is excluded, rows stand in no order.

    Every text column of the run's data carries the run id, so that mixed runs show.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {path.stem}.lead_scoring")
        connection.execute(f"use {path.stem}.lead_scoring")
        connection.execute(_SCHEMA)
        for mart, keys in MARTS.items():
            columns = ", ".join(f"{key} varchar" for key in keys)
            connection.execute(f"create table if not exists {mart} ({columns})")
        connection.execute(
            """
            insert into int_lead_scoring__leads
            select
                'L' || i, case when i % 2 = 0 then 'Ünal ' || i end, 'First', 'Last ' || i,
                'lead' || i || '@example.com', $run_id, 'VP'
            from range($leads) as numbers(i)
            """,
            {"run_id": run_id, "leads": leads},
        )
        connection.execute(
            """
            insert into lead_scoring__ranked_leads
            select
                model_id, 'L' || i, date '2026-06-30',
                case when i % 3 > 0 then i - i // 3 end,
                case when i % 3 > 0 then 50 end,
                cast(100000 - i as decimal(38, 4)) / 7, i, -i, 'A', '1', 'A1',
                case when i % 3 > 0 then 'mql' else 'customer' end, i % 3 = 0,
                case when i % 3 = 0 then 'Is a customer' end,
                case when i % 5 > 0 then date '2026-06-01' end,
                $reason, null, null, 'Call', 'Sales', 24, null
            from range($leads) as numbers(i), (values ('standard'), ('challenger')) as m(model_id)
            order by hash(i)
            """,
            {"leads": leads, "reason": reason},
        )
        connection.execute(
            """
            insert into lead_scoring__contributions
            select 'standard', 'L' || i, date '2026-06-30', $run_id, 'g', 'fit', 1, 1.5, null, null
            from range($leads) as numbers(i) order by hash(i)
            """,
            {"run_id": run_id, "leads": leads},
        )
        connection.execute(
            """
            insert into lead_scoring__score_ledger
            select
                'standard', 'L' || i, date '2026-06-30', line, 'criterion', 'c', $run_id, 1, 0, 1
            from range($leads) as numbers(i), range(12) as lines(line) order by hash(i + line)
            """,
            {"run_id": run_id, "leads": leads},
        )
        connection.execute(
            "insert into lead_scoring__rejected_records "
            "values ('leads', 'missing_lead_id', null, null, $run_id)",
            {"run_id": run_id},
        )
        connection.execute(
            """
            insert into lead_scoring__run_summary
            values
                ($run_id, '2026-06-30 12:00:00', '2026-06-30', 'leads', $leads + 1, $leads, 1, 1),
                ($run_id, '2026-06-30 12:00:00', '2026-06-30', 'events', 10, 10, 0, 0)
            """,
            {"run_id": run_id, "leads": leads},
        )
    return path


def make_configuration(folder: Path) -> Path:
    """Write a folder that stands for a canonical configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lead_scoring__models.csv").write_text("model_id\nstandard\nchallenger\n")
    return folder


def change(path: Path, statement: str, *values: object) -> None:
    """Run one statement in a work database."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"use {path.stem}.lead_scoring")
        connection.execute(statement, list(values))
