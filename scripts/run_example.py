"""Score one of the examples on real data and hold the ranking against what happened.

python scripts/run_example.py NAME DATA_FOLDER [--out DIR]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from datetime import date

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLES = PROJECT / "examples"
RELATIONS = ("leads", "events", "outcomes")

# One row per model and share of the ranked leads that have a label. The AUC is the chance that a
# lead that converted scores above one that did not, an equal score counting half.
COMPARISON = """
with

labels as (

    select * from read_parquet(?)

),

ranked as (

    select
        ranked_leads.model_id,
        ranked_leads.score,
        labels.converted,
        row_number() over by_rank as position,
        count(*) over (partition by ranked_leads.model_id) as leads
    from lead_scoring__ranked_leads as ranked_leads
    inner join labels on ranked_leads.lead_id = labels.lead_id
    where not ranked_leads.is_excluded
    window by_rank as (partition by ranked_leads.model_id order by ranked_leads.score_rank)

),

scores as (

    select
        model_id,
        score,
        count_if(converted) as won,
        count_if(not converted) as lost
    from ranked
    group by model_id, score

),

lost_below as (

    select
        *,
        sum(lost) over (partition by model_id order by score) - lost as below
    from scores

),

areas as (

    select
        model_id,
        sum(won) as won,
        sum(won * (below + lost / 2)) / nullif(sum(won) * sum(lost), 0) as auc
    from lost_below
    group by model_id

),

shares as (

    select unnest([100, 10, 20, 30]) as percent

)

select
    ranked.model_id,
    shares.percent,
    count(*) as leads,
    count_if(ranked.converted) as converted,
    count_if(ranked.converted) / count(*) as conversion,
    count_if(ranked.converted) / nullif(any_value(areas.won), 0) as capture,
    any_value(areas.auc) as auc
from ranked
inner join areas on ranked.model_id = areas.model_id
inner join shares on ranked.position * 100 <= ranked.leads * shares.percent
group by ranked.model_id, shares.percent
order by ranked.model_id, shares.percent = 100 desc, shares.percent
"""


def example_names() -> list[str]:
    """Return the names of the examples, which are the folders that hold a mapping."""
    return sorted(mapping.parent.name for mapping in EXAMPLES.glob("*/mapping.sql"))


def write_inputs(name: str, data: Path, inputs: Path) -> date:
    """Run an example's mapping over its raw data.

    Args:
        name: The example.
        data: The folder with the raw files that the example's README names.
        inputs: The folder that gets leads, events, outcomes and labels as Parquet files.

    Returns:
        The scoring date that the mapping sets.

    Raises:
        click.UsageError: A raw file is missing, or is not what the mapping expects.
    """
    inputs.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        try:
            connection.execute("set variable data = ?", [str(data)])
            connection.execute((EXAMPLES / name / "mapping.sql").read_text(encoding="utf-8"))
            for relation in (*RELATIONS, "labels"):
                connection.table(relation).write_parquet(str(inputs / f"{relation}.parquet"))
        except duckdb.Error as error:
            message = f"{data} is not the data of the example {name}: {error}"
            raise click.UsageError(message) from error
        [(as_of,)] = connection.execute("select getvariable('as_of')").fetchall()
    scoring_date: date = as_of
    return scoring_date


def score(name: str, inputs: Path, as_of: date, out: Path) -> int:
    """Score an example's inputs with its seeds by the command, and return its exit code."""
    files = [f"--{relation}={inputs / relation}.parquet" for relation in RELATIONS]
    command = [
        sys.executable,
        str(PROJECT / "scripts" / "score_leads.py"),
        "run",
        *files,
        f"--config={EXAMPLES / name / 'config'}",
        f"--as-of={as_of.isoformat()}",
        f"--out={out}",
    ]
    return subprocess.run(command, check=False).returncode


def comparison(out: Path, labels: Path) -> Table:
    """Compare the published ranking with the labels.

    Args:
        out: The folder that holds the published `lead_scoring.duckdb`.
        labels: A Parquet file with `lead_id` and a boolean `converted`.

    Returns:
        A table of the conversion among the best-ranked leads, model by model.
    """
    with duckdb.connect(str(out / "lead_scoring.duckdb"), read_only=True) as connection:
        rows = connection.execute(COMPARISON, [str(labels)]).fetchall()
    table = Table("Model", title="Held against what happened")
    for heading in ("Top", "Leads", "Converted", "Rate", "Capture", "AUC"):
        table.add_column(heading, justify="right")
    for model_id, percent, leads, converted, conversion, capture, auc in rows:
        whole = percent == 100
        table.add_row(
            model_id if whole else "",
            "all" if whole else f"{percent} %",
            f"{leads:,}",
            f"{converted:,}",
            f"{conversion:.1%}",
            "-" if capture is None else f"{capture:.1%}",
            ("-" if auc is None else f"{auc:.3f}") if whole else "",
            end_section=percent == 30,
        )
    return table


@click.command()
@click.argument("name", type=click.Choice(example_names()))
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the results go; exports/NAME by default.",
)
def main(name: str, data: Path, out: Path | None) -> None:
    """Score the example NAME on the raw files in the folder DATA."""
    target = (out or PROJECT / "exports" / name).resolve()
    inputs = target / "inputs"
    as_of = write_inputs(name, data.resolve(), inputs)
    exit_code = score(name, inputs, as_of, target)
    if exit_code == 0:
        Console().print(comparison(target, inputs / "labels.parquet"))
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
