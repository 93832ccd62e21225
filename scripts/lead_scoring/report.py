"""One page that shows a publication, and an evaluation where there is one, as charts and tables.

The figures are worked out in `report.sql` and `report_evaluation.sql`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from lead_scoring import evaluation, publication
from lead_scoring.errors import StorageError, UsageError
from lead_scoring.exports import attach, engine, literal
from lead_scoring.project import duckdb_settings
from lead_scoring.report_file import page_path, write_page
from lead_scoring.storage_errors import storage_errors
from lead_scoring.work_database import fetch_rows, refuse_foreign_database

if TYPE_CHECKING:
    from lead_scoring.output_folder import OutputFolder
    from lead_scoring.publication import Publication

Row = dict[str, Any]

_PUBLISHED_SQL = Path(__file__).with_suffix(".sql")
_EVALUATED_SQL = Path(__file__).with_name("report_evaluation.sql")
_MOST_LEADS = 50
# Up, and as many down.
_MOST_MOVERS = 10
_MOST_DATES = 400


@dataclass(frozen=True)
class EvaluationRows:
    """The tables of `report_evaluation.sql`: of the model, but for `models`.

    `run` is what the evaluation was of.
    """

    run: Row
    models: list[Row]
    tenths: list[Row]
    stages: list[Row]
    criteria: list[Row]
    probabilities: list[Row]
    months: list[Row]


@dataclass(frozen=True)
class ReportRows:
    """The tables of `report.sql`, of one model.

    `evaluation` is None where there is none of the model, `has_evaluation` tells of any.
    """

    model: str
    published: Publication
    summary: Row
    stages: list[Row]
    scores: list[Row]
    stage_limits: list[Row]
    score_dates: list[Row]
    leads: list[Row]
    movers: list[Row]
    has_evaluation: bool
    evaluation: EvaluationRows | None


@dataclass(frozen=True)
class Report:
    """A page that was written; `missing` says of what it could not show, and what would bring."""

    file: Path
    model: str
    run_id: str
    missing: list[str]

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for a JSON report."""
        return {
            "run_id": self.run_id,
            "model": self.model,
            "file": str(self.file),
            "missing": self.missing,
        }


def write_report(folder: OutputFolder, published: Publication, model: str | None) -> Report:
    """Write the page of a publication, of one model, None for the champion.

    The caller holds the folder.

    Raises:
        UsageError: there is no such model, or the charting library is not there.
        StorageError: the publication or the evaluation can't be read, or the page not written.
        DatabaseBusyError: another process writes to one of them.
    """
    _refuse_without_charts()
    # What needs the charting library, which ordinary scoring does without.
    from lead_scoring.report_page import page, sections

    path = page_path(folder)
    rows = _read(folder, published, publication.known_model(published, model))
    shown = sections(rows)
    write_page(path, page(rows, shown))
    return Report(
        file=path,
        model=rows.model,
        run_id=published.manifest.run_id,
        missing=list(dict.fromkeys(each.missing for each in shown if each.missing)),
    )


def _read(folder: OutputFolder, published: Publication, model: str) -> ReportRows:
    database = published.folder / publication.DATABASE_NAME
    evaluated = folder.path / evaluation.DATABASE_NAME
    manifest = published.manifest
    with storage_errors(database), engine(folder.work, duckdb_settings()) as connection:
        attach(connection, database, "main", "published")
        connection.execute("create schema report")
        connection.execute(
            "create table report.subject as select $model as model_id, "
            "cast($as_of as date) as as_of_date, $leads as most_leads, $movers as most_movers, "
            "$dates as most_dates",
            {
                "model": model,
                "as_of": manifest.as_of_date,
                "leads": _MOST_LEADS,
                "movers": _MOST_MOVERS,
                "dates": _MOST_DATES,
            },
        )
        names = literal(str((published.folder / publication.NAMES_NAME).absolute()))
        connection.execute(f"create view report.names as select * from read_parquet({names})")
        _work_out(connection, _PUBLISHED_SQL, database, "run again")
        (summary,) = _rows(connection, "summary")
        return ReportRows(
            model=model,
            published=published,
            summary=summary,
            stages=_rows(connection, "stages", "place"),
            scores=_rows(connection, "scores", "from_score"),
            stage_limits=_rows(connection, "stage_limits", "min_score"),
            score_dates=_rows(connection, "score_dates", "as_of_date"),
            leads=_rows(connection, "leads", "score_rank"),
            movers=_rows(connection, "movers", "score_change desc, lead_id"),
            has_evaluation=evaluated.exists(),
            evaluation=_read_evaluation(connection, evaluated) if evaluated.exists() else None,
        )


def _read_evaluation(
    connection: duckdb.DuckDBPyConnection, database: Path
) -> EvaluationRows | None:
    """Return the evaluation's rows; None where the model was not evaluated.

    Raises:
        StorageError: the file is none that `evaluate` of this version wrote.
    """
    refuse_foreign_database(database)
    with storage_errors(database):
        attach(connection, database, "main", "evaluated")
        _work_out(connection, _EVALUATED_SQL, database, "evaluate again")
        models = _rows(connection, "evaluated_models", "is_subject desc, model_id")
        if not models or not models[0]["is_subject"]:
            return None
        (run,) = _rows(connection, "evaluation_manifest")
        return EvaluationRows(
            run=run,
            models=models,
            tenths=_rows(connection, "tenths", "decile"),
            stages=_rows(connection, "evaluated_stages", "place"),
            criteria=_rows(connection, "criteria", "place"),
            probabilities=_rows(connection, "probabilities", "bin"),
            months=_rows(connection, "months", "slice_value"),
        )


def _work_out(
    connection: duckdb.DuckDBPyConnection, figures: Path, database: Path, remedy: str
) -> None:
    try:
        connection.execute(figures.read_text(encoding="utf-8"))
    except duckdb.ProgrammingError as error:
        raise StorageError(f"{database} does not hold what this version shows; {remedy}") from error


def _rows(connection: duckdb.DuckDBPyConnection, table: str, order: str = "1") -> list[Row]:
    return fetch_rows(connection, f"select * from report.{table} order by {order}", [])


def _refuse_without_charts() -> None:
    try:
        importlib.import_module("vl_convert")
    except ImportError as error:
        raise UsageError(
            "report needs vl-convert-python, which ordinary scoring does without: "
            "make setup-report installs it"
        ) from error
