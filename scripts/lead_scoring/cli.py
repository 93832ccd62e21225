"""The command line: options in, exit codes out. What is done stands in the other modules."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lead_scoring import STARTED_AT, publication
from lead_scoring.calibration import SIGNS, CalibrationRequest, calibrate
from lead_scoring.column_mapping import parse_mapping
from lead_scoring.configuration_diff import DiffRequest, diff
from lead_scoring.contract import RELATIONS
from lead_scoring.erasure import read_lead_ids
from lead_scoring.errors import (
    ConditionHoldsError,
    LeadScoringError,
    NotPromotedError,
    Problem,
    ReportedError,
    Severity,
    StorageError,
    UsageError,
)
from lead_scoring.evaluation import EvaluationRequest, evaluate
from lead_scoring.explanation import explain_lead
from lead_scoring.exports import LIST_FORMATS
from lead_scoring.fail_conditions import Condition, parse_condition
from lead_scoring.init_config import init_configuration
from lead_scoring.inputs import InputFiles
from lead_scoring.output_folder import OutputFolder
from lead_scoring.past_scoring import PastRequest
from lead_scoring.project import DEFAULT_CONFIGURATION
from lead_scoring.promotion import PromotionRequest, promote
from lead_scoring.report import write_report
from lead_scoring.scoring_dates import STEPS, DateRange
from lead_scoring.scoring_run import BASES, RunRequest, check, run
from lead_scoring.storage_errors import translate_duckdb_error
from lead_scoring.terminal import Terminal
from lead_scoring.warehouses import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

EXIT_INTERRUPTED = {signal.SIGINT: 130, signal.SIGTERM: 143}
STATUS = {
    0: "ok",
    1: "failed",
    2: "usage",
    3: "busy",
    4: "storage",
    130: "interrupted",
    143: "terminated",
}

EPILOG = """
\b
Exit codes: 0 done; 1 a model or data test failed, or the volume guard held,
and nothing was published, or a condition of diff --fail-if holds, or promote
found the model worse; 2 usage, configuration or input is wrong; 3 the
database is busy; 4 disk, permissions or a damaged file; 130 interrupted;
143 terminated.
"""


@dataclass
class Session:
    """How to speak to whoever called: people read tables, schedulers one JSON object."""

    terminal: Terminal
    as_json: bool
    debug: bool


def _date(_context: click.Context, _parameter: click.Parameter, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        # fromisoformat alone would take other forms too, from Python 3.11 on.
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise click.BadParameter(f"'{text}' is not a date of the form YYYY-MM-DD")


def _formats(_context: click.Context, _parameter: click.Parameter, text: str) -> list[str]:
    formats = [part.strip().lower() for part in text.split(",")]
    unknown = [part for part in formats if part not in LIST_FORMATS]
    if unknown:
        raise click.BadParameter(f"'{unknown[0]}' is not one of {', '.join(LIST_FORMATS)}")
    return list(dict.fromkeys(formats))


def _conditions(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> list[Condition]:
    return [parse_condition(text) for text in texts]


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


output_option = click.option(
    "--out", "out", type=click.Path(path_type=Path), default=Path("exports"), show_default=True,
    help="Folder of the publication and of the work database.",
)  # fmt: skip
model_option = click.option("--model", help="Model of the ranked list (default: the champion).")
format_option = click.option(
    "--format", "formats", default="csv,parquet,json", show_default=True, callback=_formats,
    help="Formats of the ranked list, separated by commas: csv, parquet, json, xlsx.",
)  # fmt: skip
as_of_option = click.option(
    "--as-of",
    callback=_date,
    metavar="DATE",
    help="Scoring date, YYYY-MM-DD (default: today, UTC).",
)
top_option = click.option(
    "--top",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="How many leads to print.",
)
wait_option = click.option(
    "--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS",
    help="How long to wait for another run in the same folder.",
)  # fmt: skip
speaking_options = _options(
    # Read in main, since they matter even where parsing the other options fails.
    click.option("--quiet", is_flag=True, expose_value=False, help="Print errors only."),
    click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        help="Print one JSON object; messages go to standard error.",
    ),
    click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        help="Show the traceback of an error, and log all SQL of the build.",
    ),
)
input_options = _options(
    click.option("--leads", metavar="FILE", help="CSV or Parquet; a glob for several files."),
    click.option("--events", metavar="FILE", help="Events, likewise."),
    click.option("--outcomes", metavar="FILE", help="Outcomes (won, lost), likewise."),
    click.option("--lead-history", metavar="FILE", help="What leads were like when, likewise."),
    click.option(
        "--map", "mapped", multiple=True, metavar="RELATION.COLUMN=NAME",
        help="Name of a column in your file, as in leads.job_title='Role'. May be repeated.",
    ),
    click.option(
        "--mapping", "mapping_file", type=click.Path(path_type=Path),
        help="YAML file of the same: relation, column, name.",
    ),
    click.option(
        "--config", "configuration", type=click.Path(path_type=Path), default=None,
        help="Folder of scoring seeds in place of the default.",
    ),
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
def cli() -> None:
    """Score leads in the warehouse: who to call first, and why."""


run_options = _options(
    input_options,
    output_option,
    model_option,
    format_option,
    as_of_option,
    click.option(
        "--basis", type=click.Choice(BASES), default="restated", show_default=True,
        help="How the past is read: as it is known now, or as it was known on each date.",
    ),
    click.option(
        "--keep-history", "history_days", type=click.IntRange(1, 99_999), metavar="DAYS",
        help="How many days of the score history to keep (default: all).",
    ),
    click.option(
        "--target", type=click.Choice(TARGETS), default="duckdb", show_default=True,
        help="Where the models run: a target of the dbt profile.",
    ),
    top_option,
    click.option(
        "--keep", type=click.IntRange(min=1), default=publication.DEFAULT_KEEP, show_default=True,
        help="How many publications to keep.",
    ),
    click.option(
        "--erase", "erase_file", type=click.Path(path_type=Path), default=None, metavar="FILE",
        help="Leads to forget, the id of one a line: in inputs, history, older publications.",
    ),
    click.option(
        "--max-drop", type=click.FloatRange(0, 1), default=0.5, show_default=True,
        help="Share by which a load may shrink, or be rejected more, since the last publication.",
    ),
    wait_option,
)  # fmt: skip


@cli.command("run", epilog=EPILOG)
@run_options
@click.option("--dry-run", is_flag=True, help="Check and say what would be done, and do nothing.")
@speaking_options
@click.pass_obj
def run_command(session: Session, /, *, dry_run: bool, top: int, **options: Any) -> dict[str, Any]:
    """Score leads and publish the result. Without files it scores the demo data."""
    request = _request(**options, debug=session.debug)
    terminal = session.terminal
    if dry_run:
        checked = check(request)
        terminal.checked(checked.landed, checked.warnings)
        terminal.say(
            f"Nothing was written. A run would publish model {checked.model} in "
            f"{request.folder.path}."
        )
        return terminal.checked_facts(checked.landed, checked.warnings)
    return _run(session, request, top)


@cli.command("backfill", epilog=EPILOG)
@run_options
@click.option(
    "--from",
    "first",
    callback=_date,
    metavar="DATE",
    required=True,
    help="First date to fill in, YYYY-MM-DD.",
)
@click.option(
    "--to",
    "last",
    callback=_date,
    metavar="DATE",
    required=True,
    help="Last date to fill in, at most the scoring date.",
)
@click.option(
    "--every",
    type=click.Choice(STEPS),
    default="day",
    show_default=True,
    help="Step from one date to the next.",
)
@speaking_options
@click.pass_obj
def backfill_command(
    session: Session, /, *, first: date, last: date, every: str, top: int, **options: Any
) -> dict[str, Any]:
    """Fill the score history with past dates, then score and publish as run does."""
    request = _request(**options, backfill=_range(first, last, every), debug=session.debug)
    return _run(session, request, top)


def _run(session: Session, request: RunRequest, top: int) -> dict[str, Any]:
    with session.terminal.progress() as progress:
        report = run(request, progress.part, progress.node)
    everything = time.monotonic() - STARTED_AT
    report.seconds["start-up"] = everything - sum(report.seconds.values())
    return session.terminal.published(report, request.folder, top)


@cli.command("check", epilog=EPILOG)
@input_options
@speaking_options
@click.pass_obj
def check_command(session: Session, /, **options: Any) -> dict[str, Any]:
    """Validate configuration and inputs without scoring: all mistakes at once."""
    request = _request(
        out=Path("exports"), model=None, formats=["csv"], as_of=None, basis="restated",
        history_days=None, erase_file=None, target="duckdb", keep=publication.DEFAULT_KEEP,
        max_drop=0.5, wait=0, debug=session.debug, **options,
    )  # fmt: skip
    checked = check(request)
    session.terminal.checked(checked.landed, checked.warnings)
    session.terminal.say("Configuration and inputs can be scored.")
    return session.terminal.checked_facts(checked.landed, checked.warnings)


@cli.command("diff", epilog=EPILOG)
@input_options
@click.option(
    "--against", type=click.Path(path_type=Path), default=None,
    help="Rules to compare with (default: those of the publication in --out, else the default).",
)  # fmt: skip
@output_option
@model_option
@as_of_option
@top_option
@click.option(
    "--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE",
    help="Also write a row per lead to this file.",
)  # fmt: skip
@click.option(
    "--fail-if", "conditions", multiple=True, callback=_conditions, metavar="CONDITION",
    help="End with exit code 1 where this holds, as in 'mql > 1.2x'. May be repeated.",
)  # fmt: skip
@wait_option
@speaking_options
@click.pass_obj
def diff_command(session: Session, /, **options: Any) -> dict[str, Any]:
    """Show what the rules in --config would change, without publishing: stages, ranks, teams."""
    if options["configuration"] is None:
        raise UsageError("diff needs the changed rules: name their folder with --config")
    inputs, mapping = _inputs(options)
    request = DiffRequest(
        folder=OutputFolder(options["out"]),
        inputs=inputs,
        mapping=mapping,
        before=options["against"],
        after=options["configuration"],
        model=options["model"],
        as_of=options["as_of"],
        top=options["top"],
        conditions=options["conditions"],
        csv=options["csv_file"],
        wait_seconds=options["wait"],
        debug=session.debug,
    )
    with session.terminal.progress() as progress:
        compared = diff(request, progress.part, progress.node)
    facts = session.terminal.compared(compared)
    holding = [verdict.sentence() for verdict in compared.verdicts if verdict.holds]
    if holding:
        problems = [Problem(Severity.ERROR, sentence, column="--fail-if") for sentence in holding]
        several = f"{len(problems)} conditions of --fail-if hold"
        message = several if len(problems) > 1 else problems[0].sentence()
        raise ConditionHoldsError(message, problems, facts)
    return facts


past_options = _options(
    click.option(
        "--from",
        "first",
        callback=_date,
        metavar="DATE",
        required=True,
        help="First date to score, YYYY-MM-DD.",
    ),
    click.option(
        "--to", "last", callback=_date, metavar="DATE", required=True, help="Last date to score."
    ),
    click.option(
        "--every",
        type=click.Choice(STEPS),
        default="week",
        show_default=True,
        help="Step from one date to the next.",
    ),
    click.option(
        "--horizon",
        type=click.IntRange(min=1),
        default=30,
        show_default=True,
        metavar="DAYS",
        help="Days after a date within which a win counts.",
    ),
    click.option(
        "--basis",
        type=click.Choice(BASES),
        default="as_known",
        show_default=True,
        help="How the past is read: as it was known on each date, or as it is known now.",
    ),
)


@cli.command("evaluate", epilog=EPILOG)
@input_options
@output_option
@model_option
@as_of_option
@past_options
@wait_option
@speaking_options
@click.pass_obj
def evaluate_command(
    session: Session, /, *, first: date, last: date, every: str, **options: Any
) -> dict[str, Any]:
    """Hold the scores of past dates against what came of the leads; outcomes end with --as-of."""
    dates = _range(first, last, every)
    request = EvaluationRequest(OutputFolder(options["out"]), _past(session, dates, options))
    with session.terminal.progress() as progress:
        evaluation = evaluate(request, progress.part, progress.node)
    return session.terminal.evaluated(evaluation)


@cli.command("calibrate", epilog=EPILOG)
@input_options
@click.option(
    "--out", type=click.Path(path_type=Path), required=True,
    help="Folder to write the proposal to: a new one, or an empty one.",
)  # fmt: skip
@model_option
@as_of_option
@past_options
@click.option(
    "--challenger", metavar="MODEL_ID",
    help="Id of a new model that gets the suggested points; the present one stays beside it.",
)  # fmt: skip
@click.option(
    "--train-to", callback=_date, metavar="DATE",
    help="Last date to learn from; later ones are the test.",
)  # fmt: skip
@click.option(
    "--sign", type=click.Choice(SIGNS), default="free", show_default=True,
    help="Whether points above 0 may fall below it, and the other way round, or keep their sign.",
)  # fmt: skip
@click.option(
    "--max-change", type=click.IntRange(min=1), metavar="POINTS",
    help="By how much the points of a criterion may change at most.",
)  # fmt: skip
@wait_option
@speaking_options
@click.pass_obj
def calibrate_command(
    session: Session, /, *, first: date, last: date, every: str, **options: Any
) -> dict[str, Any]:
    """Learn points and probabilities from past outcomes, and write them as a proposal."""
    request = CalibrationRequest(
        proposal=options["out"],
        past=_past(session, _range(first, last, every), options),
        challenger=options["challenger"],
        train_to=options["train_to"],
        sign=options["sign"],
        max_change=options["max_change"],
    )
    with session.terminal.progress() as progress:
        calibration = calibrate(request, progress.part, progress.node)
    return session.terminal.calibrated(calibration)


@cli.command("promote", epilog=EPILOG)
@click.argument("model")
@click.option(
    "--config", "configuration", type=click.Path(path_type=Path), required=True,
    help="Folder of scoring seeds whose champion is to change.",
)  # fmt: skip
@output_option
@click.option(
    "--override", metavar="REASON",
    help="Promote it though it is worse, or nobody can tell; the reason is logged.",
)  # fmt: skip
@speaking_options
@click.pass_obj
def promote_command(
    session: Session, /, model: str, configuration: Path, out: Path, override: str | None
) -> dict[str, Any]:
    """Make MODEL the champion, where the last evaluation of the same rules says it is not worse."""
    promotion = promote(PromotionRequest(OutputFolder(out), configuration, model, override))
    facts = session.terminal.promoted(promotion)
    if promotion.refusal is not None:
        raise NotPromotedError(promotion.refusal, [], facts)
    return facts


@cli.command("explain", epilog=EPILOG)
@click.argument("lead_id")
@output_option
@model_option
@speaking_options
@click.pass_obj
def explain_command(
    session: Session, /, lead_id: str, out: Path, model: str | None
) -> dict[str, Any]:
    """Show one lead's score as a ledger that adds up, and what it lacks for the next stage."""
    explanation = explain_lead(_published(OutputFolder(out)), lead_id, model)
    session.terminal.explained(explanation)
    return explanation.facts()


@cli.command("export", epilog=EPILOG)
@output_option
@model_option
@format_option
@wait_option
@speaking_options
@click.pass_obj
def export_command(
    session: Session, /, out: Path, model: str | None, formats: list[str], wait: float
) -> dict[str, Any]:
    """Write the ranked list of the last run again, without scoring."""
    folder = OutputFolder(out)
    before = _published(folder)
    with folder.hold(wait):
        again = publication.export_again(folder, model_id=model, formats=formats)
    return session.terminal.exported(before, again, folder)


@cli.command("report", epilog=EPILOG)
@output_option
@model_option
@wait_option
@speaking_options
@click.pass_obj
def report_command(
    session: Session, /, out: Path, model: str | None, wait: float
) -> dict[str, Any]:
    """Write one HTML page with charts of the last run and the last evaluation in the folder."""
    folder = OutputFolder(out)
    _published(folder)
    with folder.hold(wait):
        # Another run may have published while this one waited.
        report = write_report(folder, _published(folder), model)
    session.terminal.reported(report)
    return report.facts()


@cli.command("init", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@speaking_options
@click.pass_obj
def init_command(session: Session, /, folder: Path) -> dict[str, Any]:
    """Write a configuration folder of your own to edit, with a page that explains each column."""
    written = init_configuration(folder, DEFAULT_CONFIGURATION)
    session.terminal.say(
        f"Wrote {len(written)} files to {folder}. Edit them, then: "
        f"score_leads.py run --config {folder}"
    )
    return {"written": [str(path) for path in written]}


def _range(first: date, last: date, every: str) -> DateRange:
    if first > last:
        raise UsageError(f"--from is {first}, later than --to, {last}")
    return DateRange(first, last, every)


def _past(session: Session, dates: DateRange, options: Mapping[str, Any]) -> PastRequest:
    inputs, mapping = _inputs(options)
    return PastRequest(
        inputs=inputs,
        mapping=mapping,
        configuration=options["configuration"] or DEFAULT_CONFIGURATION,
        model=options["model"],
        dates=dates,
        horizon_days=options["horizon"],
        known_until=options["as_of"],
        basis=options["basis"],
        wait_seconds=options["wait"],
        debug=session.debug,
    )


def _published(folder: OutputFolder) -> publication.Publication:
    found = publication.current(folder)
    if found is None:
        raise UsageError(
            f"nothing has been published in {folder.path} yet; run first, or name another --out"
        )
    return found


def _inputs(
    options: Mapping[str, Any],
) -> tuple[InputFiles | None, dict[str, dict[str, str]]]:
    leads, *others = (options[name] for name in RELATIONS)
    if leads is None and any(others):
        raise UsageError("the other inputs need leads: name them with --leads")
    if leads is None and (options["mapped"] or options["mapping_file"]):
        raise UsageError("a column mapping needs files of your own: name them with --leads")
    return (
        None if leads is None else InputFiles(leads, *others),
        parse_mapping(options["mapped"], options["mapping_file"]),
    )


def _request(**options: Any) -> RunRequest:
    inputs, mapping = _inputs(options)
    return RunRequest(
        folder=OutputFolder(options["out"]),
        inputs=inputs,
        mapping=mapping,
        configuration=options["configuration"] or DEFAULT_CONFIGURATION,
        model=options["model"],
        as_of=options["as_of"],
        target=options["target"],
        formats=options["formats"],
        keep=options["keep"],
        max_drop=options["max_drop"],
        wait_seconds=options["wait"],
        basis=options["basis"],
        history_days=options["history_days"],
        backfill=options.get("backfill"),
        erased=() if options["erase_file"] is None else read_lead_ids(options["erase_file"]),
        debug=options["debug"],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    session = Session(
        terminal=Terminal(quiet="--quiet" in words, to_stderr="--json" in words),
        as_json="--json" in words,
        debug="--debug" in words,
    )
    _leave_on_signals(session)
    try:
        facts = cli.main(words, prog_name="score_leads.py", standalone_mode=False, obj=session)
        code = 0
        # click returns an exit code where it printed help.
        facts = facts if isinstance(facts, dict) else {}
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        code, facts = _refused(session, UsageError(error.format_message()), error)
    except ReportedError as error:
        code, refusal = _refused(session, error, error)
        facts = {**error.facts, **refusal}
    except LeadScoringError as error:
        code, facts = _refused(session, error, error)
    # A traceback is for --debug.
    except Exception as error:  # noqa: BLE001 - a scheduler needs our exit code, whatever failed
        code, facts = _refused(session, _translated(error), error)
    if session.as_json and (facts or code):
        click.echo(
            json.dumps(
                {"status": STATUS[code], "exit_code": code, **facts},
                ensure_ascii=False,
                default=str,
            )
        )
    sys.stdout.flush()
    sys.exit(code)


def _translated(error: Exception) -> LeadScoringError:
    if isinstance(error, OSError):
        return StorageError(f"{error.strerror or error}: {error.filename or ''}")
    known = translate_duckdb_error(error)
    return known or LeadScoringError(
        f"an error that should not happen: {type(error).__name__}: {error} (--debug shows where)"
    )


def _refused(
    session: Session, error: LeadScoringError, cause: BaseException
) -> tuple[int, dict[str, Any]]:
    if session.debug:
        traceback.print_exception(cause)
    session.terminal.failed(error)
    problems = [problem.as_dict() for problem in error.problems]
    return error.exit_code, {"errors": problems or [{"message": str(error)}], "message": str(error)}


def _leave_on_signals(session: Session) -> None:
    """Leave at once on an interrupt.

    dbt and DuckDB turn an interrupt into errors of their own, and everything that outlives the
    process is written so that a kill can't harm it; so nothing is gained by unwinding.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        code = EXIT_INTERRUPTED[signal.Signals(number)]
        session.terminal.interrupted(STATUS[code])
        if session.as_json:
            message = f"{STATUS[code]}; the last publication stands as it was"
            report = {"status": STATUS[code], "exit_code": code, "errors": [{"message": message}]}
            click.echo(json.dumps(report))
        os._exit(code)

    for number in EXIT_INTERRUPTED:
        signal.signal(number, leave)
