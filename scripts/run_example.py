"""Hold an example's points against what happened: by hand, calibrated, and beside a reference.

python scripts/run_example.py NAME DATA_FOLDER [--out DIR]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb
import yaml
from rich.console import Console

from lead_scoring.calibration import CARD
from lead_scoring.configuration import CRITERIA, Configuration, write_canonical
from lead_scoring.configuration_checks import check_configuration
from lead_scoring.errors import LeadScoringError
from lead_scoring.inputs import InputFiles
from lead_scoring.output_folder import OutputFolder
from lead_scoring.past_scoring import PastRequest, land_past
from lead_scoring.project import duckdb_settings
from lead_scoring.scoring_dates import DateRange
from lead_scoring.scratch import scratch_folder
from lead_scoring.work_database import WORK_SCHEMA, open_database

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from lead_scoring.calibration_data import Observations

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLES = PROJECT / "examples"
RELATIONS = ("leads", "events", "outcomes")
REFERENCE = "reference"
CALIBRATED = "calibrated"
WITHOUT_DECAY = "without decay"
NO_EVENTS = """
    create view events as
    select
        cast(null as varchar) as event_id,
        cast(null as varchar) as lead_id,
        cast(null as varchar) as event_type,
        cast(null as timestamp) as occurred_at
    where false
"""


@dataclass(frozen=True)
class Example:
    """An example's folder and what its example.yml says of dates and columns.

    `train_to` is None where one date is parted by a hash of the lead's id. The `suspect_columns`
    are known to the reference only beside the `suspect_model`.
    """

    folder: Path
    dates: DateRange
    train_to: date | None
    horizon_days: int
    known_until: date
    suspect_model: str | None
    suspect_columns: tuple[str, ...]

    @property
    def config(self) -> Path:
        """The folder of the points that were written by hand."""
        return self.folder / "config"


def example_names() -> list[str]:
    """Return the names of the examples, which are the folders that hold a mapping."""
    return sorted(mapping.parent.name for mapping in EXAMPLES.glob("*/mapping.sql"))


def read_example(name: str) -> Example:
    """Read an example's dates and columns."""
    folder = EXAMPLES / name
    facts = yaml.safe_load((folder / "example.yml").read_text(encoding="utf-8"))
    return Example(
        folder=folder,
        dates=DateRange(facts["from"], facts["to"], facts["every"]),
        train_to=facts.get("train_to"),
        horizon_days=facts["horizon"],
        known_until=facts["as_of"],
        suspect_model=facts.get("suspect_model"),
        suspect_columns=tuple(facts.get("suspect_columns", ())),
    )


def write_inputs(example: Example, data: Path, inputs: Path) -> None:
    """Run an example's mapping over its raw data; without a relation `events` there are none.

    Args:
        example: The example.
        data: The folder with the raw files that the example's README names.
        inputs: The folder that gets leads, events, outcomes and what the reference knows as
            Parquet files.

    Raises:
        click.UsageError: A raw file is missing, or is not what the mapping expects.
    """
    inputs.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("create table scoring_dates (as_of_date date)")
        connection.executemany(
            "insert into scoring_dates values (?)", [[day] for day in example.dates.dates()]
        )
        try:
            connection.execute("set variable data = ?", [str(data)])
            connection.execute((example.folder / "mapping.sql").read_text(encoding="utf-8"))
            has_events = connection.execute(
                "select 1 from duckdb_columns() where lower(table_name) = 'events'"
            ).fetchall()
            if not has_events:
                connection.execute(NO_EVENTS)
                click.echo("no relation named events: leads are scored on attributes alone")
            for relation in (*RELATIONS, REFERENCE):
                connection.table(relation).write_parquet(str(inputs / f"{relation}.parquet"))
        except duckdb.Error as error:
            message = f"{data} is not the data of the example {example.folder.name}: {error}"
            raise click.UsageError(message) from error


def calibrate(example: Example, config: Path, model: str, inputs: Path, proposal: Path) -> None:
    """Calibrate a model by the command; what an earlier run has proposed is replaced.

    Raises:
        SystemExit: the command failed, with its exit code.
    """
    if (proposal / CARD).is_file():
        shutil.rmtree(proposal)
    config = config.relative_to(PROJECT) if config.is_relative_to(PROJECT) else config
    options = {
        "config": config,
        "model": model,
        "from": example.dates.first,
        "to": example.dates.last,
        "every": example.dates.every,
        "train-to": example.train_to,
        "horizon": example.horizon_days,
        "as-of": example.known_until,
        **{relation: inputs / f"{relation}.parquet" for relation in RELATIONS},
        "out": proposal,
    }
    words = [f"--{name}={value}" for name, value in options.items() if value is not None]
    command = [sys.executable, str(PROJECT / "scripts" / "score_leads.py"), "calibrate", *words]
    done = subprocess.run(command, check=False, cwd=PROJECT)
    if done.returncode != 0:
        sys.exit(done.returncode)


def without_decay(configuration: Configuration) -> Configuration:
    """Return the configuration with points that do not fade."""
    rows = [
        replace(row, cells={**row.cells, "decay_policy": None})
        for row in configuration.tables[CRITERIA.name]
    ]
    return Configuration({**configuration.tables, CRITERIA.name: rows})


def rankings(
    example: Example, models: Mapping[str, tuple[Path, str]], inputs: Path, out: Path
) -> dict[str, Observations]:
    """Score all dates with each configuration and keep the scores of one of its models.

    Args:
        example: The example.
        models: By a label, the folder of a configuration and a model of it.
        inputs: The folder with the inputs.
        out: The folder to score in.

    Returns:
        The scores of the model by the label, the leads in one order.
    """
    from lead_scoring.calibration_data import read_observations

    request = PastRequest(
        inputs=InputFiles(*(str(inputs / f"{relation}.parquet") for relation in RELATIONS)),
        mapping={},
        configuration=example.config,
        model=None,
        dates=example.dates,
        horizon_days=example.horizon_days,
        known_until=example.known_until,
        basis="as_known",
        wait_seconds=0,
    )
    found = {}
    with scratch_folder(OutputFolder(out), "example", 0) as scratch:
        past = land_past(request, scratch, example.known_until)
        for folder in dict.fromkeys(folder for folder, _ in models.values()):
            with open_database(scratch.work_database, duckdb_settings(), 0) as connection:
                connection.execute(f"drop schema if exists {WORK_SCHEMA} cascade")
            past.gather(_read(folder), lambda *_: None)
            for label, (own, model) in models.items():
                if own == folder:
                    found[label] = read_observations(scratch.work_database, model, model, [])
    return found


@click.command()
@click.argument("name", type=click.Choice(example_names()))
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the results go; exports/NAME by default.",
)
def main(name: str, data: Path, out: Path | None) -> None:
    """Calibrate the example NAME on the raw files in the folder DATA and test its points."""
    example = read_example(name)
    target = (out or PROJECT / "exports" / name).resolve()
    inputs = target / "inputs"
    write_inputs(example, data.resolve(), inputs)
    try:
        _run(example, inputs, target)
    except LeadScoringError as error:
        raise click.ClickException(str(error)) from error


def _run(example: Example, inputs: Path, target: Path) -> None:
    configuration = _read(example.config)
    champion = configuration.champion
    if champion is None:
        raise click.UsageError(f"{example.config} has no champion")
    models = {}
    for model in configuration.model_ids:
        proposal = target / (CALIBRATED if model == champion else f"{CALIBRATED}_{model}")
        calibrate(example, example.config, model, inputs, proposal)
        models[f"{model}, by hand"] = example.config, model
        models[f"{model}, {CALIBRATED}"] = proposal, model
    if any(row["decay_policy"] for row in configuration.tables[CRITERIA.name]):
        plain, proposal = target / "config_without_decay", target / f"{CALIBRATED}_without_decay"
        write_canonical(without_decay(configuration), plain)
        calibrate(example, plain, champion, inputs, proposal)
        models[f"{champion}, {WITHOUT_DECAY}"] = proposal, champion
    scored = rankings(example, models, inputs, target)
    # What needs scikit-learn, without which the command above has refused.
    from example_figures import Comparison

    comparison = Comparison(scored, inputs / f"{REFERENCE}.parquet", example)
    console = Console(width=100, highlight=False)
    console.print(comparison.table())
    for sentence in comparison.sentences(champion):
        console.print(f"- {sentence}", soft_wrap=True)


def _read(folder: Path) -> Configuration:
    checked = check_configuration(folder)
    if checked.configuration is None or checked.errors:
        raise click.UsageError("\n".join(problem.sentence() for problem in checked.errors))
    return checked.configuration


if __name__ == "__main__":
    main()
