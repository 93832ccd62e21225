"""What a person sees: progress, tables and sentences."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lead_scoring.calibration_card import (
    calibration_facts,
    data_sentences,
    figure_table,
    leak_sentences,
    next_sentences,
    suggestion_table,
    threshold_table,
    verdict_sentence,
)
from lead_scoring.diff_report import (
    diff_facts,
    mover_table,
    stage_matrix,
    subject_sentences,
    summary_sentences,
    team_table,
)
from lead_scoring.evaluation_report import (
    comparison_sentences,
    comparison_tables,
    criterion_table,
    decile_table,
    evaluation_facts,
    model_table,
    scope_sentences,
    verdict_sentences,
)
from lead_scoring.figures import plain
from lead_scoring.promotion_report import (
    evidence_sentence,
    outcome_sentences,
    promotion_facts,
)
from lead_scoring.publication import DATABASE_NAME
from lead_scoring.rejections import read_run_summary, why_rejected
from lead_scoring.work_database import fetch_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lead_scoring.calibration import Calibration
    from lead_scoring.configuration_diff import ConfigurationDiff
    from lead_scoring.errors import LeadScoringError, Problem
    from lead_scoring.evaluation import Evaluation
    from lead_scoring.explanation import Explanation
    from lead_scoring.inputs import LandedInputs
    from lead_scoring.output_folder import OutputFolder
    from lead_scoring.promotion import Promotion
    from lead_scoring.publication import Publication
    from lead_scoring.report import Report
    from lead_scoring.scoring_run import RunReport

_SHOWN_PROBLEMS = 50
_SHOWN_WARNINGS = 5


class RunProgress:
    """The live line of a run: the part that is under way, and how far the build is."""

    def __init__(self, progress: Progress) -> None:
        """Start with nothing under way."""
        self._progress = progress
        self._task = progress.add_task("start", total=None)

    def part(self, name: str) -> None:
        """Show that a part of the run begins."""
        self._progress.update(self._task, description=name)

    def node(self, done: int, total: int, name: str) -> None:
        """Show that one more node of the build is done."""
        self._progress.update(self._task, description=escape(name), completed=done, total=total)


class Terminal:
    """Prints for people: on standard output, or on standard error where JSON has the former."""

    def __init__(self, *, quiet: bool, to_stderr: bool) -> None:
        """Choose the stream; `quiet` leaves errors only."""
        self._console = Console(stderr=to_stderr, quiet=quiet, highlight=False)
        self._errors = Console(stderr=True, highlight=False)

    def say(self, sentence: str) -> None:
        """Print one sentence."""
        self._console.print(escape(sentence))

    @contextmanager
    def progress(self) -> Iterator[RunProgress]:
        """Show a live line while the block runs; nothing where no one is watching."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        watching = self._console.is_terminal and not self._console.quiet
        with Progress(*columns, console=self._console, transient=True, disable=not watching) as bar:
            yield RunProgress(bar)

    def checked(
        self, landed: LandedInputs, warnings: Iterable[Problem], most: int = _SHOWN_PROBLEMS
    ) -> None:
        """Show how the columns of the inputs were understood, and `most` of the warnings."""
        for name, relation in landed.relations.items():
            if not relation.files:
                self.say(f"{name}: none given")
                continue
            used = [column for column in relation.columns if column.contract_column]
            extra = [column.name for column in relation.columns if not column.contract_column]
            mapped = ", ".join(
                column.name
                if column.file_column == column.name
                else f"{column.file_column} → {column.name}"
                for column in used
            )
            self.say(
                f"{name}: {relation.row_count:,} rows; columns {mapped}"
                + (f"; kept as they stand: {', '.join(extra)}" if extra else "")
            )
        self._problems(self._console, list(warnings), most)

    @staticmethod
    def checked_facts(landed: LandedInputs, warnings: Iterable[Problem]) -> dict[str, Any]:
        """Return what `checked` shows as plain values."""
        return {
            "inputs": {
                name: {
                    "files": list(relation.files),
                    "rows": relation.row_count,
                    "columns": {
                        column.file_column: column.contract_column for column in relation.columns
                    },
                }
                for name, relation in landed.relations.items()
            },
            "warnings": [problem.as_dict() for problem in warnings],
        }

    def published(self, report: RunReport, folder: OutputFolder, top: int) -> dict[str, Any]:
        """Show what a run did, and return it as plain values."""
        manifest = report.published.manifest
        facts = _run_facts(report, folder, top)
        self.checked(report.landed, report.warnings, _SHOWN_WARNINGS)
        for sentence in facts["notes"]:
            self.say(f"Warning: {sentence}")
        self._console.print()
        self._console.print(_read_table(facts["records"]))
        for row in facts["records"]:
            if row["invalid_created_at"]:
                self.say(
                    f"{row['relation']}: {row['invalid_created_at']:,} accepted rows have a "
                    "created_at that is no timestamp; it counts as blank"
                )
        self._console.print(_stage_table(facts["stages"]))
        if top:
            self._console.print(_lead_table(facts["top"], manifest.model, manifest.as_of_date))
        if report.filled_dates:
            self.say(
                f"Filled the history of {len(report.filled_dates)} dates, "
                f"{report.filled_dates[0]} to {report.filled_dates[-1]}"
            )
        self.say(f"Published run {manifest.run_id} in {folder.path}/: {', '.join(facts['files'])}")
        self.say(
            "Time: "
            + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in facts["seconds"].items())
        )
        return facts

    def exported(
        self, before: Publication, again: Publication, folder: OutputFolder
    ) -> dict[str, Any]:
        """Show which lists were written again, and which are no longer there."""
        for sentence in again.warnings:
            self.say(f"Warning: {sentence}")
        lists, old_lists = (
            [str(folder.path / name) for name in publication.manifest.files if _is_list(name)]
            for publication in (again, before)
        )
        manifest = again.manifest
        self.say(f"Model {manifest.model} of run {manifest.run_id}: {', '.join(lists)}")
        removed = [name for name in old_lists if name not in lists]
        if removed:
            self.say(f"Removed, as they held model {before.manifest.model}: {', '.join(removed)}")
        return {
            "run_id": manifest.run_id,
            "model": manifest.model,
            "files": lists,
            "removed": removed,
        }

    def explained(self, explanation: Explanation) -> None:
        """Show a lead's ledger and what it lacks for the next stage."""
        lead = explanation.lead
        rank = f"rank {lead['score_rank']}" if lead["score_rank"] else "not ranked"
        table = Table(
            title=escape(
                f"Lead {lead['lead_id']} · model {lead['model_id']} · {lead['as_of_date']}: "
                f"score {plain(lead['score'])}, grade {lead['grade']}, stage {lead['stage']}, "
                f"{rank}"
            ),
            title_justify="left",
            box=box.SIMPLE,
        )
        table.add_column("#", justify="right")
        table.add_column("What")
        for name in ("Points", "Before", "After"):
            table.add_column(name, justify="right", no_wrap=True)
        section = None
        for line in explanation.lines:
            if line.section != section and line.line_type != "group_limit":
                section = line.section
                table.add_row("", f"[bold]{escape(section)}[/]", "", "", "")
            figures = (plain(figure) for figure in (line.points, line.before, line.after))
            what = f"{escape(line.description)} [dim]({escape(line.item)})[/]"
            table.add_row(str(line.line_number), what, *figures)
        table.add_section()
        total = sum((line.points for line in explanation.lines), Decimal(0))
        table.add_row("", "Score", plain(total), "", "")
        self._console.print(table)
        if lead["exclusion_reasons"]:
            self.say(f"Excluded: {lead['exclusion_reasons']}")
        for higher in explanation.higher_stages:
            self.say(f"For the stage {higher.stage} it lacks {'; '.join(higher.lacking)}")

    def compared(self, diff: ConfigurationDiff) -> dict[str, Any]:
        """Show what a change of rules does, and return it as plain values."""
        self._problems(self._console, diff.warnings, _SHOWN_WARNINGS)
        for sentence in diff.notes:
            self.say(f"Warning: {sentence}")
        for sentence in subject_sentences(diff):
            self.say(sentence)
        self._console.print()
        self._console.print(stage_matrix(diff))
        for sentence in summary_sentences(diff):
            self.say(sentence)
        self._console.print()
        if diff.movers:
            self._console.print(mover_table(diff))
        if diff.teams:
            self._console.print(team_table(diff))
        if diff.csv is not None:
            self.say(f"Wrote {diff.csv}: {diff.summary['leads']:,} leads")
        return diff_facts(diff)

    def evaluated(self, evaluation: Evaluation) -> dict[str, Any]:
        """Show how scores stand against what came of the leads, and return it as plain values."""
        self._problems(self._console, evaluation.warnings, _SHOWN_WARNINGS)
        for sentence in evaluation.notes:
            self.say(f"Warning: {sentence}")
        for sentence in scope_sentences(evaluation):
            self.say(sentence)
        self._console.print()
        models = model_table(evaluation)
        if models.row_count:
            self._console.print(models)
        comparison = evaluation.tables["evaluation_comparison"]
        for table in comparison_tables(comparison):
            self._console.print(table)
        self._console.print(decile_table(evaluation))
        self._console.print(criterion_table(evaluation))
        for sentence in [*verdict_sentences(evaluation), *comparison_sentences(comparison)]:
            self.say(sentence)
        self.say(f"Wrote {evaluation.database}")
        return evaluation_facts(evaluation)

    def calibrated(self, calibration: Calibration) -> dict[str, Any]:
        """Show what a calibration suggests and how it did, and return it as plain values."""
        warnings = [*calibration.rejected, *calibration.warnings]
        self._problems(self._console, warnings, _SHOWN_WARNINGS)
        for sentence in [f"Warning: {note}" for note in calibration.notes]:
            self.say(sentence)
        for sentence in data_sentences(calibration):
            self.say(sentence)
        self._console.print()
        self._console.print(suggestion_table(calibration))
        if calibration.thresholds:
            self._console.print(threshold_table(calibration))
        self._console.print(figure_table(calibration))
        for sentence in [verdict_sentence(calibration), *leak_sentences(calibration)]:
            self.say(sentence)
        for sentence in next_sentences(calibration):
            self.say(sentence)
        return calibration_facts(calibration)

    def reported(self, report: Report) -> None:
        """Show where the page is, and what it could not show."""
        for sentence in report.missing:
            self.say(f"Missing: {sentence}")
        self.say(f"Wrote {report.file}: model {report.model} of run {report.run_id}")

    def promoted(self, promotion: Promotion) -> dict[str, Any]:
        """Show by what a model became the champion, or did not, and return it as plain values."""
        self._problems(self._console, promotion.warnings, _SHOWN_WARNINGS)
        if promotion.evidence is not None:
            self.say(evidence_sentence(promotion.evidence))
            self._console.print()
            for table in comparison_tables(promotion.evidence.comparison):
                self._console.print(table)
            for sentence in comparison_sentences(promotion.evidence.comparison):
                self.say(sentence)
        for sentence in outcome_sentences(promotion):
            self.say(sentence)
        return promotion_facts(promotion)

    def failed(self, error: LeadScoringError) -> None:
        """Print why the command ends, with every mistake that was found."""
        self._errors.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
        others = [problem for problem in error.problems if problem.sentence() != str(error)]
        if others:
            self._problems(self._errors, others)

    def interrupted(self, status: str) -> None:
        """Say that the command leaves on a signal, and give the cursor back."""
        self._errors.show_cursor()
        self._errors.print(f"\n{status}; the last publication stands as it was")

    def _problems(
        self, console: Console, problems: list[Problem], most: int = _SHOWN_PROBLEMS
    ) -> None:
        for problem in problems[:most]:
            console.print(
                f"  {problem.severity.value}: {escape(problem.sentence())}", soft_wrap=True
            )
        if len(problems) > most:
            console.print(f"  … and {len(problems) - most} more; check --json lists them all")


def _is_list(name: str) -> bool:
    return name.startswith("ranked_leads.")


def _run_facts(report: RunReport, folder: OutputFolder, top: int) -> dict[str, Any]:
    manifest = report.published.manifest
    database = report.published.folder / DATABASE_NAME
    with duckdb.connect(str(database), read_only=True) as connection:
        records = read_run_summary(connection, "main")
        stages = fetch_rows(
            connection,
            "select stage, count(*) as leads, min(score) as lowest, max(score) as highest "
            "from lead_scoring__ranked_leads where model_id = ? group by stage "
            "order by max(score_rank) is null, max(score) desc, stage",
            [manifest.model],
        )
        leads = fetch_rows(
            connection,
            "select score_rank, lead_id, score, grade, stage, reason_1, reason_2, reason_3 "
            "from lead_scoring__ranked_leads where model_id = ? and score_rank <= ? "
            "order by score_rank",
            [manifest.model, top],
        )
    return {
        "run_id": manifest.run_id,
        "as_of_date": manifest.as_of_date,
        "model": manifest.model,
        "out": str(folder.path),
        "files": [name for name in manifest.files if "/" not in name and not name.startswith(".")],
        "warnings": [problem.as_dict() for problem in report.warnings],
        "notes": [*report.build.warnings, *report.published.warnings],
        "records": records,
        "stages": stages,
        "top": leads,
        "filled_dates": [each.isoformat() for each in report.filled_dates],
        "seconds": _seconds(report),
    }


def _seconds(report: RunReport) -> dict[str, float]:
    """Return where the time went; the build's nodes share its wall time by their own seconds."""
    build = report.build
    parts = dict(report.seconds)
    parts["dbt start-up and parse"] = build.parse_seconds
    parts.pop("dbt")
    rest = build.seconds - build.parse_seconds
    spent = sum(build.node_seconds.values()) or 1.0
    for kind, name in (("seed", "seeds"), ("model", "models"), ("test", "data tests")):
        parts[name] = rest * build.node_seconds.get(kind, 0.0) / spent
    order = (
        "start-up",
        "check and load inputs",
        "dbt start-up and parse",
        "seeds",
        "models",
        "data tests",
        "publish and export",
    )
    return {name: round(parts[name], 3) for name in order}


def _read_table(records: list[dict[str, Any]]) -> Table:
    table = Table(title="Records", title_justify="left", box=box.SIMPLE)
    table.add_column("Relation")
    for name in ("Read", "Accepted", "Rejected"):
        table.add_column(name, justify="right")
    table.add_column("Why rejected", overflow="fold")
    for row in records:
        figures = (f"{row[name]:,}" for name in ("rows_read", "rows_accepted", "rows_rejected"))
        table.add_row(row["relation"], *figures, why_rejected(row))
    return table


def _stage_table(stages: list[dict[str, Any]]) -> Table:
    table = Table(title="Leads by stage", title_justify="left", box=box.SIMPLE)
    table.add_column("Stage")
    for name in ("Leads", "Lowest score", "Highest score"):
        table.add_column(name, justify="right")
    for row in stages:
        table.add_row(
            escape(row["stage"]), f"{row['leads']:,}", plain(row["lowest"]), plain(row["highest"])
        )
    return table


def _lead_table(leads: list[dict[str, Any]], model: str, as_of_date: str) -> Table:
    table = Table(
        title=escape(f"Top leads of model {model} as of {as_of_date}"),
        title_justify="left",
        box=box.SIMPLE,
    )
    table.add_column("#", justify="right")
    table.add_column("Lead", overflow="fold")
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Grade")
    table.add_column("Stage")
    table.add_column("Why", overflow="fold", ratio=1)
    for row in leads:
        reasons = [row[name] for name in ("reason_1", "reason_2", "reason_3") if row[name]]
        table.add_row(
            str(row["score_rank"]),
            escape(row["lead_id"]),
            plain(row["score"]),
            escape(row["grade"] or ""),
            escape(row["stage"]),
            escape("; ".join(reasons)),
        )
    return table
