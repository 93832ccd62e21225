"""One scoring run from input files to a publication."""

from __future__ import annotations

import hashlib
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lead_scoring import event_state, publication
from lead_scoring.configuration import fingerprint, write_canonical
from lead_scoring.configuration_checks import check_configuration
from lead_scoring.contract import RELATIONS
from lead_scoring.dbt_build import BuildReport, BuildSettings, build
from lead_scoring.demo import DEMO_AS_OF, write_demo
from lead_scoring.descriptions import describe
from lead_scoring.errors import Problem, Severity, UsageError
from lead_scoring.exports import (
    FUNNEL_DAILY,
    GROWING_MARTS,
    LEADS,
    MARTS,
    newest_scored_date,
    restore_growing_marts,
)
from lead_scoring.inputs import SCHEMA, InputFiles, LandedInputs, check_inputs, land_inputs
from lead_scoring.manifest import Inputs, ManifestFacts
from lead_scoring.names import nearest
from lead_scoring.project import COLUMN_ALIASES, duckdb_settings, versions
from lead_scoring.publication import DATABASE_NAME
from lead_scoring.report_file import remove_page
from lead_scoring.scoring_dates import DateRange, chunked
from lead_scoring.seed_tables import load_seeds, seed_types
from lead_scoring.storage_errors import storage_errors
from lead_scoring.warehouses import warehouse_of
from lead_scoring.work_database import WORK_SCHEMA, open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from lead_scoring.configuration import Configuration
    from lead_scoring.output_folder import OutputFolder
    from lead_scoring.warehouses import Warehouse

BASES = ("restated", "as_known")
DEMO = "demo"
# What grows by a back-fill: the funnel is made of all the rest that does.
_FILLED = f"+{FUNNEL_DAILY}"
# What of it has to be built again for other dates.
_OTHER_DATES = f"int_lead_scoring__scoring_dates+,{_FILLED}"
# Scores of so many leads and dates are worked out at a time.
_MOST_SCORES = 2_000_000
_MOST_DATES = 100
FILES = "files"


@dataclass(frozen=True)
class RunRequest:
    """What a user asked for. `inputs` None stands for the demo data, `as_of` None for today.

    `basis` says how the past is read, `restated` or `as_known`; `backfill` are the dates to fill
    the history with before the scoring date is scored, `history_days` how many days back from the
    newest date it is kept, None for all. Of the leads whose ids are in `erased` nothing is kept,
    and no older publication.
    """

    folder: OutputFolder
    inputs: InputFiles | None
    mapping: Mapping[str, Mapping[str, str]]
    configuration: Path
    model: str | None
    as_of: date | None
    target: str
    formats: Sequence[str]
    keep: int
    max_drop: float
    wait_seconds: float
    basis: str = "restated"
    backfill: DateRange | None = None
    history_days: int | None = None
    erased: Sequence[str] = ()
    debug: bool = False


@dataclass
class RunReport:
    """What a run did: the publication, what was read, what was noticed, seconds by part."""

    published: publication.Publication
    landed: LandedInputs
    build: BuildReport
    warnings: list[Problem] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    filled_dates: Sequence[date] = ()


@dataclass(frozen=True)
class UsableConfiguration:
    """A configuration without errors, the folder it was read from, and the warnings."""

    folder: Path
    configuration: Configuration
    warnings: list[Problem]


@dataclass(frozen=True)
class Checked:
    """A configuration and inputs that may be scored, and the warnings on the way."""

    configuration: Configuration
    model: str
    landed: LandedInputs
    warnings: list[Problem]


def run(
    request: RunRequest,
    on_part: Callable[[str], None],
    on_node: Callable[[int, int, str], None],
) -> RunReport:
    """Check, land, build, test, publish and export.

    `on_part` is told the name of each part as it begins, `on_node` how far the build is.

    Raises:
        UsageError: configuration or inputs are wrong; the last publication stays.
        BuildFailedError, VolumeGuardError: nothing was published.
        DatabaseBusyError, StorageError: as they say.
    """
    seconds: dict[str, float] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        on_part(name)
        started_at = time.monotonic()
        yield
        seconds[name] = time.monotonic() - started_at

    folder = request.folder
    settings = duckdb_settings()
    kind = DEMO if request.inputs is None else FILES
    filled = dates_to_fill(request)
    with (
        folder.hold(request.wait_seconds),
        warehouse_of(request.target, folder.work, request.wait_seconds) as warehouse,
    ):
        publication.refuse_foreign_files(folder, request.formats)
        previous = publication.current(folder)
        # The history of demo data is not that of files.
        past = previous if previous and previous.manifest.inputs.kind == kind else None
        with part("check and load inputs"), storage_errors(folder.work_database):
            if request.history_days is not None:
                newest = (
                    newest_scored_date(past.folder / DATABASE_NAME, folder.work) if past else None
                )
                refuse_forgotten_dates(request, filled, request.history_days, newest)
            files = request.inputs or demo_files(folder.work / DEMO)
            if request.erased:
                # What a database drops stays in its file for a while.
                open_database(folder.work_database, settings, request.wait_seconds).close()
                folder.work_database.unlink()
            with open_database(folder.work_database, settings, request.wait_seconds) as connection:
                checked = check_both(
                    request,
                    lambda: land_inputs(
                        connection, files, request.mapping, COLUMN_ALIASES, request.erased
                    ),
                )
                # Only here do the tables of a build stay for the next one.
                counted = (
                    checked.landed.event_state if warehouse is None else event_state.NOTHING_KEPT
                )
                event_state.begin(connection, WORK_SCHEMA, counted)
                of_events = event_state.variables(
                    connection, WORK_SCHEMA, SCHEMA, counted, checked.configuration
                )
                seeds = write_seeds(checked.configuration, folder.work / "config")
                if warehouse is not None:
                    load_seeds(connection, seeds, WORK_SCHEMA)
                    warehouse.land(
                        connection,
                        [(SCHEMA, relation) for relation in RELATIONS]
                        + [(WORK_SCHEMA, seed) for seed in seed_types()],
                    )
                if previous is None or past is not None:
                    _restore(connection, warehouse, past, request.erased)
        build_settings = BuildSettings(
            database=folder.work_database,
            configuration=seeds,
            work=folder.work,
            target=request.target,
            variables={
                "lead_scoring__basis": request.basis,
                "lead_scoring__history_days": request.history_days,
                **of_events,
            },
            debug=request.debug,
            seeds_are_loaded=warehouse is not None,
        )
        if filled:
            with part("back-fill"):
                leads = checked.landed.relations["leads"].row_count
                most = dates_at_a_time(leads, len(checked.configuration.model_ids))
                _fill(build_settings, chunked(filled, most), on_node, keeps_events=counted.is_kept)
        with part("dbt"):
            as_of = scoring_date(request)
            built = build(_dated(build_settings, [as_of] if as_of else []), on_node)
            with (
                storage_errors(folder.work_database),
                open_database(folder.work_database, settings, 0) as connection,
            ):
                event_state.finish(connection, counted, checked.configuration)
        with part("publish and export"):
            if warehouse is not None:
                with (
                    storage_errors(folder.work_database),
                    open_database(folder.work_database, settings, 0) as connection,
                ):
                    warehouse.fetch(connection, (*MARTS, LEADS), WORK_SCHEMA)
                    for mart in MARTS:
                        describe(connection, WORK_SCHEMA, mart, built.descriptions[mart])
            facts = publication.read_run(folder.work_database)
            publication.volume_guard(
                previous.manifest if previous else None,
                Inputs(kind, facts.relations),
                request.max_drop,
            )
            keep = 1 if request.erased else request.keep
            if request.erased:
                remove_page(folder)
            if warehouse is not None:
                warehouse.publish(facts.run_id, keep)
            published = publication.publish(
                folder,
                folder.work_database,
                model_id=checked.model,
                formats=request.formats,
                keep=keep,
                manifest_facts=ManifestFacts(
                    inputs_kind=kind,
                    models=checked.configuration.model_ids,
                    champion=exported_model(checked.configuration, None),
                    versions=versions(request.target),
                    configuration_fingerprint=fingerprint(checked.configuration),
                ),
                configuration=seeds,
                settings=settings,
            )
    return RunReport(published, checked.landed, built, checked.warnings, seconds, filled)


def _restore(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse | None,
    previous: publication.Publication | None,
    erased: Sequence[str],
) -> None:
    """Let the build begin with the history that was published, and not with one that was not."""
    if warehouse is not None:
        warehouse.restore(list(GROWING_MARTS), erased)
    elif previous is not None:
        published = previous.folder / DATABASE_NAME
        restore_growing_marts(connection, published, WORK_SCHEMA, erased)


def _fill(
    settings: BuildSettings,
    chunks: Sequence[Sequence[date]],
    on_node: Callable[[int, int, str], None],
    *,
    keeps_events: bool,
) -> None:
    """Add the scores of past dates to the history, some dates at a time."""
    # With the state, the scoring date goes on from the count that the first of them made.
    selected = [_FILLED, f"+{event_state.STATE}"] if keeps_events else [_FILLED]
    for dates in chunks:
        build(replace(_dated(settings, dates), selected=selected), on_node)
        selected = [_OTHER_DATES]


def _dated(settings: BuildSettings, dates: Sequence[date]) -> BuildSettings:
    """Return settings for the dates to score; none stand for today."""
    if not dates:
        return settings
    as_of = [each.isoformat() for each in dates]
    return replace(settings, variables={**settings.variables, "lead_scoring__as_of": as_of})


def check(request: RunRequest) -> Checked:
    """Check configuration and inputs without writing anything.

    Raises:
        UsageError: with every mistake that was found.
    """
    with TemporaryDirectory(prefix="lead_scoring_") as scratch:
        files = request.inputs or demo_files(Path(scratch))
        return check_both(request, lambda: check_inputs(files, request.mapping, COLUMN_ALIASES))


def check_both(request: RunRequest, read_inputs: Callable[[], LandedInputs]) -> Checked:
    """Check the inputs, and the configuration against what they carry.

    Raises:
        UsageError: with every mistake that was found in both.
    """
    landed, (checked,) = check_all([request.configuration], read_inputs)
    return Checked(
        checked.configuration,
        exported_model(checked.configuration, request.model),
        landed,
        [*landed.problems, *checked.warnings],
    )


def check_all(
    folders: Sequence[Path], read_inputs: Callable[[], LandedInputs]
) -> tuple[LandedInputs, list[UsableConfiguration]]:
    """Check the inputs, and configurations against what they carry.

    Raises:
        UsageError: with every mistake that was found in any of them.
    """
    landed, refused = None, None
    try:
        landed = read_inputs()
    except UsageError as error:
        refused = error
    usable, sentences, problems = [], [], []
    for folder in folders:
        checked = check_configuration(
            folder,
            attributes=landed.attributes if landed else None,
            event_properties=landed.event_properties if landed else None,
            event_types=landed.event_types if landed else None,
        )
        if checked.errors or checked.configuration is None:
            sentences.append(f"the configuration in {folder} can't be used")
            problems += checked.problems
        else:
            usable.append(UsableConfiguration(folder, checked.configuration, checked.warnings))
    if sentences and refused is not None:
        found = refused.problems or [Problem(Severity.ERROR, str(refused))]
        sentences, problems = [str(refused), *sentences], [*found, *problems]
    if sentences:
        raise UsageError("; and ".join(sentences), problems)
    if landed is None:
        raise refused or UsageError("the inputs can't be read")
    return landed, usable


def exported_model(configuration: Configuration, asked: str | None) -> str:
    """Return the model of the ranked list: the one that was asked for, else the champion.

    Raises:
        UsageError: the configuration has no such model.
    """
    model = asked or configuration.champion
    if model is None or model not in configuration.model_ids:
        raise UsageError(
            f"there is no model '{model}' in the configuration",
            [
                Problem(
                    Severity.ERROR,
                    f"there is no model '{model}'",
                    column="--model",
                    value=model,
                    allowed=", ".join(configuration.model_ids),
                    nearest=nearest(model or "", configuration.model_ids),
                )
            ],
        )
    return model


def scoring_date(request: RunRequest) -> date | None:
    """Return the date to score; the demo data has one of its own, which stands for its today."""
    if request.as_of is None and request.inputs is None:
        return DEMO_AS_OF
    return request.as_of


def dates_to_fill(request: RunRequest) -> list[date]:
    """Return the dates of a back-fill, without the scoring date, which is scored anyway.

    Raises:
        UsageError: the range reaches beyond the scoring date.
    """
    if request.backfill is None:
        return []
    as_of = scoring_date(request) or datetime.now(timezone.utc).date()
    if request.backfill.last > as_of:
        raise UsageError(
            f"a back-fill ends with the scoring date, {as_of}, at the latest; "
            f"--to is {request.backfill.last}"
        )
    return [each for each in request.backfill.dates() if each != as_of]


def refuse_forgotten_dates(
    request: RunRequest, filled: Sequence[date], history_days: int, newest_kept: date | None
) -> None:
    """Refuse dates that the history would forget at once, at which the build would stop, but late.

    Args:
        request: What a user asked for.
        filled: The dates of a back-fill.
        history_days: How many days are kept, counted back from the newest date, or from today.
        newest_kept: The newest date of the history that the run begins with.

    Raises:
        UsageError: one of the dates lies before what the history keeps.
    """
    today = datetime.now(timezone.utc).date()
    as_of = scoring_date(request) or today
    first = min([as_of, *filled])
    newest = min(max(as_of, newest_kept or as_of), today)
    oldest = date.fromordinal(max(1, newest.toordinal() - history_days))
    if first < oldest:
        raise UsageError(
            f"--keep-history {history_days} keeps no date before {oldest}; "
            f"the first to score is {first}"
        )


def dates_at_a_time(leads: int, models: int) -> int:
    """Return how many dates are scored in one build, so that it stays within its memory."""
    return max(1, min(_MOST_DATES, _MOST_SCORES // (leads * models)))


def demo_files(folder: Path) -> InputFiles:
    """Write the demo data, unless the same generator wrote it there before, and name its files."""
    stamp = folder / "generator.sha256"
    generator = hashlib.sha256(
        b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("demo*.py")))
    ).hexdigest()
    files = [folder / f"{relation}.csv" for relation in ("leads", "events", "outcomes")]
    with storage_errors(folder):
        is_there = stamp.is_file() and stamp.read_text(encoding="utf-8") == generator
        if not (is_there and all(path.is_file() for path in files)):
            write_demo(folder)
            stamp.write_text(generator, encoding="utf-8")
    leads, events, outcomes = map(str, files)
    return InputFiles(leads, events, outcomes)


def write_seeds(configuration: Configuration, folder: Path) -> Path:
    """Write the configuration as a folder of dbt seeds, with nothing else in it."""
    with storage_errors(folder):
        if folder.exists():
            shutil.rmtree(folder)
        write_canonical(configuration, folder)
    return folder
