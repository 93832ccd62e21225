"""A small typed wrapper around dbt's programmatic runner: build and test in one process."""

from __future__ import annotations

import csv
import json
import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lead_scoring.descriptions import Description, description_of
from lead_scoring.errors import BuildFailedError, LeadScoringError
from lead_scoring.project import PROJECT
from lead_scoring.storage_errors import translate_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


_LONGEST_CELL = 64 * 1024 * 1024
# Failed tests are told by the build itself; the summary of deprecations comes with each command.
_NOT_TOLD = ("LogTestResult", "DeprecationsSummary")
# Vars that no node's name, place, configuration or parents depend on, only its SQL.
OF_ONE_BUILD = {
    "lead_scoring__as_of",
    "lead_scoring__known_until",
    "lead_scoring__event_rows_left_out",
}


@dataclass(frozen=True)
class BuildSettings:
    """What one build needs to know.

    `database` is the work database, `configuration` the folder of the scoring seeds, `work` the
    folder for what dbt keeps between builds and for its log, which holds all SQL with `debug`;
    `variables` are dbt's vars. Seeds that are loaded already are left alone. `selected` are dbt
    selectors of what is built, with the tests whose tables are then all there; none stand for
    everything.
    """

    database: Path
    configuration: Path
    work: Path
    target: str
    variables: Mapping[str, object] = field(default_factory=dict)
    debug: bool = False
    seeds_are_loaded: bool = False
    selected: Sequence[str] = ()


@dataclass
class BuildReport:
    """How long a build took, in seconds: as a whole, before its first node, and by kind of node.

    The nodes of a kind may run side by side, so their seconds can add up to more than the whole.
    `descriptions` are those of the models, by name.
    """

    seconds: float = 0.0
    parse_seconds: float = 0.0
    node_seconds: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    descriptions: dict[str, Description] = field(default_factory=dict)


class _Listener:
    """Follows dbt's events for the progress display and the warnings."""

    def __init__(self, progress: Callable[[int, int, str], None]) -> None:
        self._progress = progress
        self._total = 0
        self._done = 0
        self.first_node_at: float | None = None
        self.warnings: list[str] = []

    def __call__(self, event: Any) -> None:
        name = event.info.name
        if name == "LogStartLine":
            self._total = event.data.total
            self.first_node_at = self.first_node_at or time.monotonic()
        elif name == "NodeFinished":
            self._done += 1
            self._progress(self._done, self._total, event.data.node_info.node_name)
        elif event.info.level == "warn" and name not in _NOT_TOLD:
            self.warnings.append(event.info.msg)


def build(settings: BuildSettings, progress: Callable[[int, int, str], None]) -> BuildReport:
    """Load the seeds, build the models and run the data tests, stopping short of publishing.

    Raises:
        BuildFailedError: a model or a data test failed.
        DatabaseBusyError: another process holds the work database.
        StorageError: the disk, the permissions or the database file.
    """
    started_at = time.monotonic()
    os.environ["LEAD_SCORING_DATABASE"] = str(settings.database)
    os.environ["LEAD_SCORING_CONFIG_DIR"] = os.path.relpath(settings.configuration, PROJECT)
    # dbt takes seconds to import; a command that never builds does not pay for it.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    # dbt reads a seed with Python's csv module too, which by itself stops at 128 KiB a cell.
    csv.field_size_limit(_LONGEST_CELL)
    # On a full disk dbt can't write its log either, and each line would print a traceback.
    logging.raiseExceptions = False
    listener = _Listener(progress)
    # Where a var has changed, dbt reads the whole project anew, for a good part of the time of a
    # small build. So it is read without the vars that change with every build.
    lasting = {
        name: value for name, value in settings.variables.items() if name not in OF_ONE_BUILD
    }
    building = [
        *_arguments("build", settings, settings.variables),
        "--exclude-resource-type", "unit_test",
        *(["--exclude-resource-type", "seed"] if settings.seeds_are_loaded else []),
    ]  # fmt: skip
    if settings.selected:
        building += ["--indirect-selection", "buildable", "--select", *settings.selected]
    try:
        outcome = dbtRunner(callbacks=[listener]).invoke(_arguments("parse", settings, lasting))
        if isinstance(outcome.result, Manifest):
            outcome = dbtRunner(outcome.result, callbacks=[listener]).invoke(building)
    finally:
        # The runner keeps the database file open, and we want to read it.
        DuckDBConnectionManager.close_all_connections()
    report = BuildReport(
        seconds=time.monotonic() - started_at,
        parse_seconds=(listener.first_node_at or time.monotonic()) - started_at,
        warnings=listener.warnings,
    )
    results = getattr(outcome.result, "results", None) or []
    for result in results:
        kind = str(result.node.resource_type)
        report.node_seconds[kind] = report.node_seconds.get(kind, 0.0) + result.execution_time
        report.nodes[kind] = report.nodes.get(kind, 0) + 1
        if kind == "model":
            report.descriptions[result.node.name] = description_of(result.node)
    if not outcome.success:
        raise _failure(outcome.exception, results, settings)
    return report


def _arguments(command: str, settings: BuildSettings, variables: Mapping[str, object]) -> list[str]:
    # dbt takes a relative path to be one of the project's.
    work = settings.work.absolute()
    return [
        command,
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--target", settings.target,
        "--target-path", str(work / "target"),
        "--log-path", str(work / "logs"),
        "--log-level", "none",
        "--log-level-file", "debug" if settings.debug else "info",
        "--vars", json.dumps(dict(variables)),
        "--no-print",
        "--no-write-json",
        "--no-use-colors",
    ]  # fmt: skip


def _failure(
    exception: BaseException | None,
    results: list[Any],
    settings: BuildSettings,
) -> LeadScoringError:
    failed = [result for result in results if str(result.status) in ("error", "fail")]
    sentences = [f"{result.node.name}: {_told(result)}" for result in failed]
    if exception is not None:
        sentences.append(str(exception).strip())
    for sentence in sentences:
        known = translate_message(sentence)
        if known is not None:
            return known
    log = settings.work / "logs" / "dbt.log"
    return BuildFailedError(
        "the build failed and nothing was published:\n  "
        + "\n  ".join(sentences or ["dbt gave no reason"])
        + f"\nThe log of the build is {log}"
    )


def _told(result: Any) -> str:
    words = " ".join((result.message or "failed").split())
    if str(result.node.resource_type) == "test" and str(result.status) == "fail":
        return f"the data test failed with {result.failures} rows"
    return words
