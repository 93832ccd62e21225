"""Past dates that are scored again, to be held against what came of the leads.

What an evaluation and a calibration have in common: the models of a run, over many dates, in a
database of its own that nobody reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from lead_scoring.dbt_build import BuildSettings, build
from lead_scoring.demo import DEMO_AS_OF
from lead_scoring.errors import Problem, UsageError
from lead_scoring.exports import RUN_SUMMARY
from lead_scoring.inputs import InputFiles, land_inputs
from lead_scoring.project import COLUMN_ALIASES, duckdb_settings
from lead_scoring.rejections import rejection_warnings
from lead_scoring.scoring_dates import DateRange, chunked
from lead_scoring.scoring_run import (
    DEMO,
    FILES,
    check_all,
    dates_at_a_time,
    demo_files,
    exported_model,
    write_seeds,
)
from lead_scoring.storage_errors import storage_errors
from lead_scoring.warehouses import DUCKDB
from lead_scoring.work_database import WORK_SCHEMA, open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lead_scoring.configuration import Configuration
    from lead_scoring.output_folder import OutputFolder

# What is gathered date by date, for figures that are made when the last date is there.
GATHERED = (
    "int_lead_scoring__evaluated_leads",
    "int_lead_scoring__evaluated_contributions",
    "lead_scoring__evaluation_dates",
)
_FIRST_DATES = [f"+{model}" for model in (*GATHERED, RUN_SUMMARY)]
_OTHER_DATES = [f"int_lead_scoring__scoring_dates+,+{model}" for model in GATHERED]


@dataclass(frozen=True)
class PastRequest:
    """Which past a user asked for.

    `inputs` None stands for the demo data, `model` None for the champion, `known_until` None for
    today: outcomes are known up to it. `horizon_days` is how long a lead has to convert in, `basis`
    how the past is read.
    """

    inputs: InputFiles | None
    mapping: Mapping[str, Mapping[str, str]]
    configuration: Path
    model: str | None
    dates: DateRange
    horizon_days: int
    known_until: date | None
    basis: str
    wait_seconds: float
    debug: bool = False

    @property
    def inputs_kind(self) -> str:
        """Return whether the inputs are the demo data or files."""
        return DEMO if self.inputs is None else FILES

    def outcomes_known_until(self, command: str) -> date:
        """Return the day up to which outcomes are known.

        Raises:
            UsageError: there are no outcomes, or the horizon of no date is over by then.
        """
        today = DEMO_AS_OF if self.inputs is None else datetime.now(timezone.utc).date()
        known_until = self.known_until or today
        if self.inputs is not None and self.inputs.outcomes is None:
            raise UsageError(
                f"{command} needs outcomes to hold the scores against: name --outcomes"
            )
        if (known_until - self.dates.first).days < self.horizon_days:
            raise UsageError(
                f"no date can be evaluated: {self.horizon_days} days after {self.dates.first} lie "
                f"beyond {known_until}, up to which outcomes are known; --as-of names another day"
            )
        return known_until


@dataclass(frozen=True)
class Past:
    """Inputs and rules that may be scored, in a folder for it, and the warnings on the way."""

    request: PastRequest
    scratch: OutputFolder
    known_until: date
    configuration: Configuration
    model: str
    lead_count: int
    warnings: list[Problem]

    def gather(
        self,
        configuration: Configuration,
        on_node: Callable[[int, int, str], None],
        figures: Sequence[str] = (),
    ) -> list[str]:
        """Gather the scores of the dates, some at a time, and build `figures` with the last.

        Returns:
            The warnings of the builds.
        """
        settings = BuildSettings(
            database=self.scratch.work_database,
            configuration=write_seeds(configuration, self.scratch.work / "config"),
            work=self.scratch.work,
            target=DUCKDB,
            variables={
                "lead_scoring__evaluation": True,
                "lead_scoring__basis": self.request.basis,
                "lead_scoring__horizon_days": self.request.horizon_days,
                "lead_scoring__known_until": self.known_until.isoformat(),
            },
            debug=self.request.debug,
        )
        most = dates_at_a_time(self.lead_count, len(configuration.model_ids))
        chunks = chunked(self.request.dates.dates(), most)
        notes: list[str] = []
        for number, dates in enumerate(chunks, 1):
            selected = _FIRST_DATES if number == 1 else _OTHER_DATES
            if number == len(chunks):
                selected = [*selected, *figures]
            as_of = {"lead_scoring__as_of": [each.isoformat() for each in dates]}
            built = build(
                replace(settings, variables={**settings.variables, **as_of}, selected=selected),
                on_node,
            )
            notes += built.warnings
        return list(dict.fromkeys(notes))

    def rejected(self) -> list[Problem]:
        """Return a warning for each relation of which a row was rejected as dates were gathered."""
        with open_database(self.scratch.work_database, duckdb_settings(), 0) as connection:
            return rejection_warnings(connection, WORK_SCHEMA)


def land_past(request: PastRequest, scratch: OutputFolder, known_until: date) -> Past:
    """Check inputs and rules and land them in the folder.

    Raises:
        UsageError: with every mistake that was found in both.
        StorageError: a file may not be read, or the disk is full.
    """
    with (
        storage_errors(scratch.work_database),
        open_database(scratch.work_database, duckdb_settings(), 0) as connection,
    ):
        files = request.inputs or demo_files(scratch.work / DEMO)
        landed, (checked,) = check_all(
            [request.configuration],
            lambda: land_inputs(connection, files, request.mapping, COLUMN_ALIASES),
        )
    return Past(
        request=request,
        scratch=scratch,
        known_until=known_until,
        configuration=checked.configuration,
        model=exported_model(checked.configuration, request.model),
        lead_count=landed.relations["leads"].row_count,
        warnings=[*landed.problems, *checked.warnings],
    )
