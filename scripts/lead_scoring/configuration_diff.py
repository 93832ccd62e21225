"""What a change of rules does: the same leads scored with two configurations, and compared.

dbt scores them, one configuration after the other, in a database of its own that nobody reads;
the comparison is in `configuration_diff.sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lead_scoring import publication
from lead_scoring.changes_file import refuse_foreign_file, write_changes
from lead_scoring.configuration import ACTIONS, MODELS, RULES, STAGES, Configuration
from lead_scoring.dbt_build import BuildSettings, build
from lead_scoring.demo import DEMO_AS_OF
from lead_scoring.errors import Problem, Severity, UsageError
from lead_scoring.exports import RANKED_LEADS, RUN_SUMMARY
from lead_scoring.fail_conditions import Change, Condition, Figures, Verdict
from lead_scoring.inputs import InputFiles, land_inputs
from lead_scoring.names import nearest
from lead_scoring.output_folder import OutputFolder
from lead_scoring.project import COLUMN_ALIASES, DEFAULT_CONFIGURATION, duckdb_settings
from lead_scoring.publication import CONFIGURATION_NAME
from lead_scoring.rejections import rejection_warnings
from lead_scoring.scoring_run import (
    DEMO,
    FILES,
    UsableConfiguration,
    check_all,
    demo_files,
    write_seeds,
)
from lead_scoring.scratch import scratch_folder
from lead_scoring.storage_errors import storage_errors
from lead_scoring.warehouses import DUCKDB
from lead_scoring.work_database import WORK_SCHEMA, fetch_rows, open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

_CONTRIBUTIONS = "lead_scoring__contributions"
_RESULTS = (RANKED_LEADS, _CONTRIBUTIONS)
_RULES = (MODELS.name, STAGES.name)
_COMPARISON = Path(__file__).with_suffix(".sql")
# The second build leaves alone what does not depend on the rules, such as the typed events.
_SELECTED_BEFORE = [f"+{result}" for result in (*_RESULTS, RUN_SUMMARY)]
_SELECTED_AFTER = [f"{seed.name}+,+{result}" for seed in RULES for result in _RESULTS]


@dataclass(frozen=True)
class DiffRequest:
    """What a user asked for.

    `inputs` None stands for the demo data, `before` None for the rules of the publication in the
    folder, else the project's, `model` None for the champion of either side, `as_of` None for
    today. `top` is how many leads count as the best, and how many movers are told.
    """

    folder: OutputFolder
    inputs: InputFiles | None
    mapping: Mapping[str, Mapping[str, str]]
    before: Path | None
    after: Path
    model: str | None
    as_of: date | None
    top: int
    conditions: Sequence[Condition]
    csv: Path | None
    wait_seconds: float
    debug: bool = False


@dataclass(frozen=True)
class Side:
    """One of the two configurations: its folder, and the model whose list is compared."""

    configuration: str
    model: str


@dataclass(frozen=True)
class ConfigurationDiff:
    """What differs; the rows are those of the tables of `configuration_diff.sql`.

    `stages` stand in the order of the ladder, `transitions` are the pairs of stages that occur,
    `movers` the leads whose score changes most, leads that are excluded on both sides apart.
    `top_stay` of the `top_before` best leads, at most `top`, stay among them.
    """

    as_of_date: date
    inputs_kind: str
    before: Side
    after: Side
    warnings: list[Problem]
    notes: list[str]
    summary: dict[str, Any]
    top: int
    top_before: int
    top_stay: int
    stages: list[dict[str, Any]]
    transitions: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    movers: list[dict[str, Any]]
    verdicts: list[Verdict]
    csv: Path | None


def diff(
    request: DiffRequest,
    on_part: Callable[[str], None],
    on_node: Callable[[int, int, str], None],
) -> ConfigurationDiff:
    """Score with both configurations and compare; nothing that is published changes.

    `on_part` is told the name of each part as it begins, `on_node` how far a build is.

    Raises:
        UsageError: a configuration, the inputs, the model or a condition is wrong.
        BuildFailedError: a model or data test failed with one of them.
        DatabaseBusyError, StorageError: as they say.
    """
    if request.csv is not None:
        refuse_foreign_file(request.csv)
    published = publication.current(request.folder)
    kind = DEMO if request.inputs is None else FILES
    as_of = request.as_of or (DEMO_AS_OF if kind == DEMO else datetime.now(timezone.utc).date())
    with scratch_folder(request.folder, "diff", request.wait_seconds) as scratch:
        on_part("check and load inputs")
        with storage_errors(scratch.work_database), _opened(scratch) as connection:
            files = request.inputs or demo_files(scratch.work / DEMO)
            landed, (before, after) = check_all(
                [_folder_before(request, published), request.after],
                lambda: land_inputs(connection, files, request.mapping, COLUMN_ALIASES),
            )
        models = _compared_models(request.model, before, after)
        for condition in request.conditions:
            condition.check(_stages(before, after, models), _teams(before, after, models))
        sides = zip(
            ("before", "after"),
            (before, after),
            models,
            (_SELECTED_BEFORE, _SELECTED_AFTER),
            strict=True,
        )
        notes = _notes(request, published, before, after, models)
        for name, side, model, selected in sides:
            on_part(f"score with the rules {name}")
            built = build(
                BuildSettings(
                    database=scratch.work_database,
                    configuration=write_seeds(side.configuration, scratch.work / "config"),
                    work=scratch.work,
                    target=DUCKDB,
                    variables={"lead_scoring__as_of": as_of.isoformat()},
                    debug=request.debug,
                    selected=selected,
                ),
                on_node,
            )
            notes += built.warnings
            with storage_errors(scratch.work_database), _opened(scratch) as connection:
                _set_aside(connection, f"scored_{name}", model, as_of)
        on_part("compare")
        with storage_errors(scratch.work_database), _opened(scratch) as connection:
            connection.execute(_COMPARISON.read_text(encoding="utf-8"))
            if request.csv is not None:
                with storage_errors(request.csv):
                    write_changes(connection, request.csv)
            compared = _read(connection, request.top)
            rejected = rejection_warnings(connection, WORK_SCHEMA)
    figures = _figures(compared)
    return ConfigurationDiff(
        as_of_date=as_of,
        inputs_kind=kind,
        before=Side(str(before.folder), models[0]),
        after=Side(str(after.folder), models[1]),
        warnings=[*rejected, *landed.problems, *after.warnings],
        notes=list(dict.fromkeys(notes)),
        top=request.top,
        verdicts=[condition.judge(figures) for condition in request.conditions],
        csv=request.csv,
        **compared,
    )


def _opened(scratch: OutputFolder) -> duckdb.DuckDBPyConnection:
    return open_database(scratch.work_database, duckdb_settings(), wait_seconds=0)


def _folder_before(request: DiffRequest, published: publication.Publication | None) -> Path:
    if request.before is not None:
        return request.before
    return DEFAULT_CONFIGURATION if published is None else published.folder / CONFIGURATION_NAME


def _compared_models(
    asked: str | None, before: UsableConfiguration, after: UsableConfiguration
) -> tuple[str, str]:
    """Return the model of either side: the one that was asked for, else its champion.

    Raises:
        UsageError: a configuration has no such model.
    """
    problems = [
        Problem(
            Severity.ERROR,
            f"there is no model '{asked}'",
            file=str(side.folder),
            column="--model",
            value=asked,
            allowed=", ".join(side.configuration.model_ids),
            nearest=nearest(asked, side.configuration.model_ids),
        )
        for side in (before, after)
        if asked is not None and asked not in side.configuration.model_ids
    ]
    if problems:
        where = " and ".join(problem.file or "" for problem in problems)
        raise UsageError(f"there is no model '{asked}' in {where}", problems)
    champions = (before.configuration.champion or "", after.configuration.champion or "")
    return champions if asked is None else (asked, asked)


def _notes(
    request: DiffRequest,
    published: publication.Publication | None,
    before: UsableConfiguration,
    after: UsableConfiguration,
    models: tuple[str, str],
) -> list[str]:
    notes = []
    if request.inputs is None and published and published.manifest.inputs.kind != DEMO:
        notes.append(
            f"the demo data was scored, and the publication in {request.folder.path} is of files "
            "of yours: name them with --leads, --events and --outcomes"
        )
    if models[0] != models[1]:
        notes.append(
            f"the champion is another one: model {models[0]} before, {models[1]} after; "
            "--model compares the same model in both"
        )
    known_before, known_after = before.configuration.model_ids, after.configuration.model_ids
    for words, some, others in (
        ("only in the rules before", known_before, known_after),
        ("only in the rules after", known_after, known_before),
    ):
        notes += [
            f"model {model} is {words}" + ("" if model in models else ", and was not compared")
            for model in some
            if model not in others
        ]
    return notes


def _stages(
    before: UsableConfiguration, after: UsableConfiguration, models: tuple[str, str]
) -> list[str]:
    named = [
        *_named(before.configuration, STAGES.name, models[0], "stage"),
        *_named(after.configuration, STAGES.name, models[1], "stage"),
    ]
    return list(dict.fromkeys([*named, "customer", "disqualified"]))


def _teams(
    before: UsableConfiguration, after: UsableConfiguration, models: tuple[str, str]
) -> list[str]:
    named = [
        *_named(before.configuration, ACTIONS.name, models[0], "owner_team"),
        *_named(after.configuration, ACTIONS.name, models[1], "owner_team"),
    ]
    return list(dict.fromkeys(named))


def _named(configuration: Configuration, seed: str, model: str, column: str) -> list[str]:
    rows = configuration.tables[seed]
    return [name for row in rows if row["model_id"] == model and (name := row[column]) is not None]


def _set_aside(connection: duckdb.DuckDBPyConnection, schema: str, model: str, as_of: date) -> None:
    """Copy what was made of one model out of the way of the next build."""
    connection.execute(f"create schema {schema}")
    for table in (*_RESULTS, *_RULES):
        of_the_date = "and as_of_date = $as_of" if table in _RESULTS else ""
        connection.execute(
            f"create table {schema}.{table.removeprefix('lead_scoring__')} as "
            f"select * from {WORK_SCHEMA}.{table} where model_id = $model {of_the_date}",
            {"model": model, **({"as_of": as_of} if of_the_date else {})},
        )


def _read(connection: duckdb.DuckDBPyConnection, top: int) -> dict[str, Any]:
    """Return the comparison's rows, under the names that `ConfigurationDiff` has for them."""
    (summary,) = fetch_rows(connection, "select * from diff.summary", [])
    (best,) = fetch_rows(
        connection,
        "select count(*) as leads, count(case when rank_after <= $top then 1 end) as stay "
        "from diff.leads where rank_before <= $top",
        {"top": top},
    )
    return {
        "summary": summary,
        "top_before": best["leads"],
        "top_stay": best["stay"],
        "stages": fetch_rows(
            connection,
            "select * from diff.stages "
            "order by coalesce(order_after, order_before), order_before, stage",
            [],
        ),
        "transitions": fetch_rows(
            connection,
            "select stage_before, stage_after, count(*) as leads from diff.leads "
            "group by stage_before, stage_after order by stage_before, stage_after",
            [],
        ),
        "teams": fetch_rows(
            connection,
            "select * from diff.teams order by team is null, leads_before desc, team",
            [],
        ),
        "movers": fetch_rows(
            connection,
            "select * exclude (model_before, model_after, as_of_date) from diff.leads "
            "where score_change != 0 and coalesce(rank_before, rank_after) is not null "
            "order by abs(score_change) desc, lead_id limit $top",
            {"top": top},
        ),
    }


def _figures(compared: dict[str, Any]) -> Figures:
    return Figures(
        leads=compared["summary"]["leads"],
        stages={
            row["stage"]: Change(row["leads_before"], row["leads_after"])
            for row in compared["stages"]
        },
        teams={
            row["team"]: Change(row["leads_before"], row["leads_after"])
            for row in compared["teams"]
        },
        stage_changes=compared["summary"]["stage_changes"],
        rank_correlation=compared["summary"]["rank_correlation"],
    )
