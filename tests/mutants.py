"""Shows that the tests bite: each small wrong change to the SQL must be noticed.

Every change is made alone in a copy of the project. It is killed where a golden case comes out
otherwise, or, if none does, where a dbt unit test fails. One process builds everything: the copy
stays parsed, and only what stands behind the changed file is built again.

python tests/mutants.py [WORDS]    only the changes whose description has the words
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from command import GOLDEN, PROJECT
from comparison import compare, ledger_problems
from lead_scoring.configuration import write_canonical
from lead_scoring.configuration_checks import check_configuration
from lead_scoring.inputs import InputFiles, land_inputs
from lead_scoring.project import COLUMN_ALIASES
from oracle import Expected, score
from random_cases import AS_OF

PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/data")
# The first was made by hand, a row for each corner; the second is random and clean.
CASES = ("case_4", "case_2")

STAGING, INTERMEDIATE, MARTS, MACROS = (
    "models/staging/lead_scoring/stg_lead_scoring__",
    "models/intermediate/int_lead_scoring__",
    "models/marts/lead_scoring__",
    "macros/",
)


@dataclass(frozen=True)
class Mutant:
    """One wrong change: the text `right`, which stands once in the file, becomes `wrong`."""

    mistake: str
    file: str
    right: str
    wrong: str


MUTANTS = (
    # Acceptance
    Mutant(
        "of a repeated lead the oldest row is kept",
        f"{STAGING}leads.sql",
        "typed.updated_at desc nulls last",
        "typed.updated_at asc nulls last",
    ),
    Mutant(
        "a missing updated_at counts as the latest",
        f"{STAGING}leads.sql",
        "typed.updated_at desc nulls last",
        "typed.updated_at desc nulls first",
    ),
    Mutant(
        "a lead without an id is accepted",
        f"{STAGING}leads.sql",
        "when all_rows.lead_id is null then 'missing_lead_id'",
        "when false then 'missing_lead_id'",
    ),
    Mutant(
        "event types keep their case",
        f"{STAGING}events.sql",
        "lead_scoring.lowered(lead_scoring.input_text(columns, 'event_type'))",
        "lead_scoring.input_text(columns, 'event_type')",
    ),
    Mutant(
        "of a repeated event the one loaded first is kept",
        f"{INTERMEDIATE}event_duplicates.sql",
        "repeated_events.loaded_at desc nulls last",
        "repeated_events.loaded_at asc nulls last",
    ),
    Mutant(
        "the same event of two leads is no duplicate",
        f"{INTERMEDIATE}repeated_event_ids.sql",
        "    group by events.event_id, events.event_date\n",
        "    group by events.event_id, events.event_date, events.lead_id\n",
    ),
    Mutant(
        "a copy of an unknown lead's event may be the one that is kept",
        f"{INTERMEDIATE}event_duplicates.sql",
        "    inner join leads on set_aside_events.lead_id = leads.lead_id\n",
        "    left join leads on set_aside_events.lead_id = leads.lead_id\n",
    ),
    Mutant(
        "events of unknown leads are accepted",
        f"{MARTS}run_summary.sql",
        "    inner join accepted_leads on events_of_leads.lead_id = accepted_leads.lead_id\n",
        "    left join accepted_leads on events_of_leads.lead_id = accepted_leads.lead_id\n",
    ),
    Mutant(
        "repeated events count by day too",
        f"{INTERMEDIATE}event_days.sql",
        "        repeated_event_ids.event_id is null\n        and (ways",
        "        (ways",
    ),
    Mutant(
        "of a repeated event every row counts",
        f"{INTERMEDIATE}daily_events.sql",
        "'copy_number = 1' }}",
        "'copy_number >= 1' }}",
    ),
    Mutant(
        "the content of an unknown lead's event is kept",
        f"{MARTS}rejected_records.sql",
        "when set_aside_events.rejection_reason is not null then",
        "when true then",
    ),
    Mutant(
        "an offset moves a timestamp the wrong way",
        f"{MACROS}utc_timestamp.sql",
        '"-1 * cast(left("',
        '"1 * cast(left("',
    ),
    Mutant(
        "zero-width characters are not trimmed",
        f"{MACROS}trimmed.sql",
        "160, 8203, 8204, 8205, 65279",
        "160",
    ),
    Mutant(
        "a zero-width joiner at the end of a text is not seen",
        f"{MACROS}trimmed.sql",
        "({{ text }})[-1] not between '!' and '~'",
        "reverse({{ text }}) not between '!' and chr(127)",
    ),
    # Operators
    Mutant(
        "not_… is the same as its positive",
        f"{MACROS}condition_matches.sql",
        "left({{ conditions }}.operator, 4) = 'not_' as is_negated",
        "false as is_negated",
    ),
    Mutant(
        "equal numbers that are written otherwise are not equal",
        f"{MACROS}condition_matches.sql",
        "and normalised_values.number_value = items.item_number",
        "and normalised_values.value = items.item",
    ),
    Mutant(
        "gte leaves out the limit",
        f"{MACROS}condition_matches.sql",
        "when 'gte' then normalised_values.number_value >= items.item_number",
        "when 'gte' then normalised_values.number_value > items.item_number",
    ),
    Mutant(
        "lte leaves out the limit",
        f"{MACROS}condition_matches.sql",
        "when 'lte' then normalised_values.number_value <= items.item_number",
        "when 'lte' then normalised_values.number_value < items.item_number",
    ),
    Mutant(
        "between leaves out its lower bound",
        f"{MACROS}condition_matches.sql",
        "normalised_values.number_value >= items.lower_bound",
        "normalised_values.number_value > items.lower_bound",
    ),
    Mutant(
        "has_word finds parts of words",
        f"{MACROS}condition_matches.sql",
        "contains_text('normalised_values.words', 'items.item_words')",
        "contains_text('normalised_values.words', 'trim(items.item_words)')",
    ),
    Mutant(
        "is_blank finds what is present",
        f"{MACROS}condition_matches.sql",
        "when 'is_blank' then normalised_values.text_value is null",
        "when 'is_blank' then normalised_values.text_value is not null",
    ),
    Mutant(
        "operands are compared with regard to case",
        f"{INTERMEDIATE}criteria.sql",
        "lead_scoring.lowered(lead_scoring.trimmed('criteria.filter_value')) }} as filter_operand",
        "lead_scoring.trimmed('criteria.filter_value') }} as filter_operand",
    ),
    Mutant(
        "an event's filter is forgotten",
        f"{INTERMEDIATE}counted_events.sql",
        "            and daily_events.filter_key = event_weights.filter_key\n",
        "",
    ),
    # Ages, windows and decay
    Mutant(
        "a window is a day too long",
        f"{INTERMEDIATE}event_weights.sql",
        "aged.age < criteria.window_days",
        "aged.age <= criteria.window_days",
    ),
    Mutant(
        "events of the future count",
        f"{INTERMEDIATE}event_weights.sql",
        "        aged.age >= 0\n",
        "        aged.age >= -1\n",
    ),
    Mutant(
        "exponential decay has a third for a half",
        f"{INTERMEDIATE}event_weights.sql",
        "power(cast(0.5 as {{ double }})",
        "power(cast(0.3 as {{ double }})",
    ),
    Mutant(
        "linear decay goes on below zero",
        f"{INTERMEDIATE}event_weights.sql",
        "when aged.age < criteria.lifetime_days\n",
        "when aged.age is not null\n",
    ),
    Mutant(
        "step decay takes its first step a day late",
        f"{INTERMEDIATE}event_weights.sql",
        "floor(cast(aged.age as {{ double }}) / cast(criteria.step_days as {{ double }}))",
        "floor((cast(aged.age as {{ double }}) - 1) / cast(criteria.step_days as {{ double }}))",
    ),
    Mutant(
        "step decay goes on below zero",
        f"{INTERMEDIATE}event_weights.sql",
        "                            0,\n",
        "                            -9,\n",
    ),
    Mutant(
        "the worth of an event is rounded to 4 decimals",
        f"{INTERMEDIATE}event_weights.sql",
        "20) }}, 6)",
        "20) }}, 4)",
    ),
    Mutant(
        "a blank weight makes points blank",
        f"{INTERMEDIATE}criteria.sql",
        "coalesce(criteria.weight, 1)",
        "criteria.weight",
    ),
    # Caps and counts
    Mutant(
        "max_per_day is not applied",
        f"{INTERMEDIATE}event_totals.sql",
        "when daily.occurrences > criteria.max_per_day then criteria.max_per_day",
        "when daily.occurrences > criteria.max_per_day then daily.occurrences",
    ),
    Mutant(
        "max_occurrences counts the oldest first",
        f"{INTERMEDIATE}event_totals.sql",
        "order by held_daily.event_date desc",
        "order by held_daily.event_date asc",
    ),
    Mutant(
        "a cap is noticed one occurrence late",
        f"{INTERMEDIATE}event_sums.sql",
        "totals.occurrences > criteria.max_occurrences",
        "totals.occurrences > criteria.max_occurrences + 1",
    ),
    Mutant(
        "a lead without events has no count",
        f"{INTERMEDIATE}event_figures.sql",
        "cast(coalesce(looked_at.occurrences, 0) as {{ text }})",
        "cast(looked_at.occurrences as {{ text }})",
    ),
    Mutant(
        "the window of a recency is a day too long",
        f"{INTERMEDIATE}event_figures.sql",
        "looked_at.days_since_last < looked_at.window_days",
        "looked_at.days_since_last <= looked_at.window_days",
    ),
    Mutant(
        "a recency looks at events that its filter keeps out",
        f"{INTERMEDIATE}event_figures.sql",
        "            and criteria.filter_key = last_events.filter_key\n",
        "",
    ),
    Mutant(
        "a match worth 0 points is no contribution",
        f"{INTERMEDIATE}contributions.sql",
        "select * from earned\n",
        "select * from earned where points != 0\n",
    ),
    # Groups, limits, score
    Mutant(
        "a group of max adds up",
        f"{INTERMEDIATE}group_points.sql",
        "when 'max' then combined.greatest_points",
        "when 'max' then combined.contributed_points",
    ),
    Mutant(
        "a group is not held under its maximum",
        f"{MACROS}held_between.sql",
        "when {{ expression }} > {{ maximum }} then {{ maximum }}",
        "when {{ expression }} > {{ maximum }} then {{ expression }}",
    ),
    Mutant(
        "a group is not held over its minimum",
        f"{MACROS}held_between.sql",
        "when {{ expression }} < {{ minimum }} then {{ minimum }}",
        "when {{ expression }} < {{ minimum }} then {{ expression }}",
    ),
    Mutant(
        "a lead without contributions has no points",
        f"{INTERMEDIATE}scores.sql",
        "cast(coalesce(dimension_points.fit_sum, 0) as",
        "cast(dimension_points.fit_sum as",
    ),
    Mutant(
        "fit and engagement change their weights",
        f"{INTERMEDIATE}scores.sql",
        "cast(rounded.fit_points * rounded.fit_weight as",
        "cast(rounded.fit_points * rounded.engagement_weight as",
    ),
    Mutant(
        "points are not rounded before they are weighted",
        f"{INTERMEDIATE}scores.sql",
        "cast(round(held.fit_held, 4) as {{ lead_scoring.type_decimal(28, 4) }}) as fit_points",
        "cast(held.fit_held as decimal(28, 6)) as fit_points",
    ),
    Mutant(
        "the score is cut off and not rounded",
        f"{INTERMEDIATE}scores.sql",
        "cast(round(limited.held_total, 4) as",
        "cast(trunc(limited.held_total * 10000) / 10000 as",
    ),
    # Bands, stages, exclusions
    Mutant(
        "a band begins above its minimum",
        f"{INTERMEDIATE}graded_leads.sql",
        "scores.engagement_points >= engagement_bands.min_points",
        "scores.engagement_points > engagement_bands.min_points",
    ),
    Mutant(
        "a band without a minimum is out of reach",
        f"{INTERMEDIATE}graded_leads.sql",
        "(fit_bands.min_points is null or scores.fit_points >= fit_bands.min_points)",
        "(scores.fit_points >= fit_bands.min_points)",
    ),
    Mutant(
        "a stage begins above its minimum",
        f"{INTERMEDIATE}stages.sql",
        "scores.engagement_points >= stages.min_engagement",
        "scores.engagement_points > stages.min_engagement",
    ),
    Mutant(
        "a stage does not ask for its criterion",
        f"{INTERMEDIATE}stages.sql",
        "(stages.required_criterion is null or fulfilled_criteria.criterion_id is not null)",
        "true",
    ),
    Mutant(
        "the lowest stage wins",
        f"{INTERMEDIATE}stages.sql",
        "        max(\n            case\n",
        "        min(\n            case\n",
    ),
    Mutant(
        "an outcome counts before its day",
        f"{INTERMEDIATE}customers.sql",
        "outcomes.outcome_date <= scoring_dates.as_of_date",
        "outcomes.outcome_date <= scoring_dates.as_of_date + 1",
    ),
    Mutant(
        "an exclusion goes before a customer",
        f"{INTERMEDIATE}stages.sql",
        "            when customers.lead_id is not null then 'customer'\n"
        "            when exclusion_reasons.lead_id is not null then 'disqualified'\n",
        "            when exclusion_reasons.lead_id is not null then 'disqualified'\n"
        "            when customers.lead_id is not null then 'customer'\n",
    ),
    Mutant(
        "the reasons of exclusions stand in another order",
        f"{INTERMEDIATE}exclusion_reasons.sql",
        "'; ', 'exclusion_values.exclusion_id')",
        "'; ', 'exclusion_values.reason')",
    ),
    Mutant(
        "a lead exists from the day after it was created",
        f"{INTERMEDIATE}scored_leads.sql",
        "cast(leads.created_at as date) <= scoring_dates.as_of_date",
        "cast(leads.created_at as date) < scoring_dates.as_of_date",
    ),
    # Stages with memory
    Mutant(
        "with memory a lead leaves a stage below its min_score",
        f"{INTERMEDIATE}stages.sql",
        "scores.score >= stages.exit_score as is_held",
        "scores.score >= stages.min_score as is_held",
    ),
    Mutant(
        "with memory a lead enters a stage at its exit_score",
        f"{INTERMEDIATE}stages.sql",
        "scores.score >= stages.min_score as is_reached",
        "scores.score >= stages.exit_score as is_reached",
    ),
    Mutant(
        "with memory a silent stage is a candidate",
        f"{INTERMEDIATE}stages.sql",
        "when open_stages.is_reached and not open_stages.is_silent then",
        "when open_stages.is_reached then",
    ),
    Mutant(
        "with memory a dwell is a day too long",
        f"{MARTS}stage_transitions.sql",
        "'day') }} < stage_rules.min_days",
        "'day') }} <= stage_rules.min_days",
    ),
    Mutant(
        "with memory a lead is recycled a day late",
        f"{MARTS}stage_transitions.sql",
        "when steps.silent_days >= stage_rules.recycle_after_days",
        "when steps.silent_days > stage_rules.recycle_after_days",
    ),
    Mutant(
        "with memory a lead without events is never recycled",
        f"{MARTS}stage_transitions.sql",
        "is not null and steps.silent_days is null then 'recycled'",
        "is null and steps.silent_days is null then 'recycled'",
    ),
    Mutant(
        "with memory a higher stage does not take a lead up",
        f"{MARTS}stage_transitions.sql",
        "when steps.target_order > stage_rules.stage_order then 'qualified'",
        "when steps.target_order > stage_rules.stage_order + 9 then 'qualified'",
    ),
    Mutant(
        "with memory a stage is held whose order has more digits",
        f"{MARTS}stage_transitions.sql",
        "like '%|' || cast(",
        "like '%' || cast(",
    ),
    Mutant(
        "with memory a disqualified lead does not come back",
        f"{MARTS}stage_transitions.sql",
        "when states.stage in ('customer', 'disqualified') then 'reinstated'",
        "when states.stage = 'customer' then 'reinstated'",
    ),
    Mutant(
        "with memory the way up is called the way down",
        f"{MARTS}stage_transitions.sql",
        "when moves.reason = 'qualified' then 'up'",
        "when moves.reason = 'qualified' then 'down'",
    ),
    Mutant(
        "with memory a run goes on from the first transition",
        f"{MARTS}stage_transitions.sql",
        "order by known_changes.transitioned_on desc",
        "order by known_changes.transitioned_on asc",
    ),
    Mutant(
        "with memory a stay begins anew on each date",
        f"{MARTS}stage_transitions.sql",
        "is null then states.entered_on else steps.as_of_date",
        "is null then steps.as_of_date else steps.as_of_date",
    ),
    Mutant(
        "with memory the date before is the date after",
        f"{INTERMEDIATE}history_dates.sql",
        "order by scored_dates.as_of_date asc",
        "order by scored_dates.as_of_date desc",
    ),
    Mutant(
        "with memory the way begins at the last date of the run",
        f"{INTERMEDIATE}stage_steps.sql",
        "select min(owed_dates.as_of_date) as first_date",
        "select max(owed_dates.as_of_date) as first_date",
    ),
    # The history of leads
    Mutant(
        "a version of a lead holds on the day of its end",
        f"{INTERMEDIATE}scored_leads.sql",
        "scoring_dates.as_of_date < versions.holds_until",
        "scoring_dates.as_of_date <= versions.holds_until",
    ),
    Mutant(
        "a version of a lead holds from the day after",
        f"{INTERMEDIATE}scored_leads.sql",
        "scoring_dates.as_of_date >= versions.holds_from",
        "scoring_dates.as_of_date > versions.holds_from",
    ),
    Mutant(
        "a version of a lead that was rejected holds",
        f"{INTERMEDIATE}scored_leads.sql",
        "    where rejection_reason is null\n",
        "",
    ),
    Mutant(
        "a version of a lead outlasts the next one",
        f"{INTERMEDIATE}lead_history.sql",
        "when followed.next_from <= coalesce(",
        "when followed.ends_on <= coalesce(",
    ),
    Mutant(
        "a version of a lead is replaced by one that ends sooner",
        f"{INTERMEDIATE}lead_history.sql",
        "checked.valid_to desc nulls first",
        "checked.valid_to asc nulls last",
    ),
    Mutant(
        "a version of a lead takes the place of every other",
        f"{INTERMEDIATE}lead_attributes.sql",
        "            and scored_leads.version_from = versions.valid_from\n",
        "            and scored_leads.version_from is not null\n",
    ),
    Mutant(
        "a blank in a version of a lead is filled from today",
        f"{INTERMEDIATE}lead_attributes.sql",
        "    where scored_leads.version_from is null\n",
        "",
    ),
    # Ranking, reasons, actions
    Mutant(
        "excluded leads take ranks",
        f"{INTERMEDIATE}ranked_leads.sql",
        "                dated.is_excluded asc,\n",
        "",
    ),
    Mutant(
        "the lowest score ranks first",
        f"{INTERMEDIATE}ranked_leads.sql",
        "dated.score desc",
        "dated.score asc",
    ),
    Mutant(
        "a lead that was never engaged ranks first among equals",
        f"{INTERMEDIATE}ranked_leads.sql",
        "dated.last_engaged_on desc nulls last",
        "dated.last_engaged_on desc nulls first",
    ),
    Mutant(
        "equal leads are ranked by the greatest id",
        f"{INTERMEDIATE}ranked_leads.sql",
        "{{ lead_scoring.in_byte_order('dated.lead_id') }} asc",
        "{{ lead_scoring.in_byte_order('dated.lead_id') }} desc",
    ),
    Mutant(
        "a percentile is rounded and not cut off",
        f"{INTERMEDIATE}ranked_leads.sql",
        "                        - mod(",
        "                        - 0 * mod(",
    ),
    Mutant(
        "the last engagement may lie in the future",
        f"{INTERMEDIATE}last_events.sql",
        "events.event_date <= scoring_dates.as_of_date",
        "events.event_date <= scoring_dates.as_of_date + 7",
    ),
    Mutant(
        "a criterion that took points is a reason",
        f"{INTERMEDIATE}reasons.sql",
        "    where points > 0\n",
        "    where points != 0\n",
    ),
    Mutant(
        "equal reasons stand in another order",
        f"{INTERMEDIATE}reasons.sql",
        "                contributions.criterion_key asc\n",
        "                contributions.criterion_key desc\n",
    ),
    Mutant(
        "engagement goes before fit in the choice of an action",
        f"{INTERMEDIATE}next_actions.sql",
        "case when actions.fit_band is not null then 2 else 0 end",
        "case when actions.fit_band is not null then 0.5 else 0 end",
    ),
    # The ledger
    Mutant(
        "groups stand in the ledger in another order",
        f"{INTERMEDIATE}ledger_lines.sql",
        "possible_lines.group_key asc nulls last",
        "possible_lines.group_key desc nulls last",
    ),
    Mutant(
        "the ledger leaves out what a group's limit took",
        f"{MARTS}score_ledger.sql",
        "where group_points.contributed_points != group_points.group_points",
        "where group_points.contributed_points < group_points.group_points",
    ),
    Mutant(
        "the summary counts rejected leads as accepted",
        f"{MARTS}run_summary.sql",
        "count(case when leads.rejection_reason is null then 1 end) as rows_accepted",
        "count(*) as rows_accepted",
    ),
)


@dataclass(frozen=True)
class Case:
    """A golden case that was built from the right SQL: its database, settings and expectation."""

    name: str
    database: Path
    config: Path
    expected: Expected

    def problems(self, database: Path) -> list[str]:
        """Return what a built database has against the case, and its ledger against itself.

        The oracle stands for the files of the golden case, which a test holds it to.
        """
        return compare(self.expected, database) + ledger_problems(database, self.config)


class Workshop:
    """A copy of the project in which it is changed and built."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        for part in PARTS:
            source, target = PROJECT / part, self.project / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)

    def case(self, name: str) -> Case:
        """Build a golden case from the right SQL, which has to come out as expected."""
        golden, folder = GOLDEN / name, self.folder / name
        folder.mkdir()
        database = folder / "warehouse.duckdb"
        outcomes = golden / "outcomes.csv"
        files = InputFiles(
            str(golden / "leads.csv"),
            str(golden / "events.csv"),
            str(outcomes) if outcomes.exists() else None,
        )
        with duckdb.connect(str(database)) as connection:
            land_inputs(connection, files, {}, COLUMN_ALIASES)
        checked = check_configuration(golden / "config")
        assert checked.configuration is not None
        config = self.project / "build" / name
        write_canonical(checked.configuration, config)
        case = Case(name, database, golden / "config", score(golden, AS_OF))
        built = self.dbt(case, database, "build", "--exclude-resource-type", "unit_test", "test")
        with duckdb.connect(str(database)) as connection:
            for (mart,) in connection.execute(
                "select table_name from duckdb_tables() "
                "where schema_name = 'lead_scoring' and starts_with(table_name, 'lead_scoring__')"
            ).fetchall():
                connection.execute(f"create view main.{mart} as from lead_scoring.{mart}")
        problems = case.problems(database)
        if not built or problems:
            sys.exit(f"{name} fails without any change: {problems[:5] or 'it is not built'}")
        return case

    def dbt(self, case: Case, database: Path, *arguments: str) -> bool:
        """Run dbt on a case's database; tell whether it went well."""
        os.environ["LEAD_SCORING_DATABASE"] = str(database)
        os.environ["LEAD_SCORING_CONFIG_DIR"] = f"build/{case.name}"
        places = ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        places += ["--target-path", str(case.database.parent / "target")]
        places += ["--log-path", str(case.database.parent / "logs")]
        words = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
        date = ["--vars", f"{{lead_scoring__as_of: '{AS_OF}'}}"]
        with contextlib.redirect_stdout(io.StringIO()):
            outcome = dbtRunner().invoke([*arguments, *places, *words, *date])
        DuckDBConnectionManager.close_all_connections()
        return outcome.success

    @contextlib.contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """Make a wrong change while the block runs."""
        path = self.project / mutant.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(text, encoding="utf-8")

    def killer(self, mutant: Mutant, cases: list[Case]) -> str | None:
        """Return what notices a change that is made, None where nothing does."""
        is_model = mutant.file.startswith("models/")
        model = Path(mutant.file).stem
        behind = ["--select", f"{model}+"] if is_model else []
        unit_tests = f"{model},test_type:unit" if is_model else "test_type:unit"
        database = self.folder / "warehouse.duckdb"
        for case in cases:
            shutil.copy(case.database, database)
            if not self.dbt(case, database, "run", *behind):
                return f"{case.name}, which is not built"
            problems = case.problems(database)
            if problems:
                return f"{case.name}: {problems[0]}"
        if not self.dbt(cases[0], database, "test", "--select", unit_tests):
            return "a unit test"
        return None


def misplaced() -> list[str]:
    """Return the changes whose text does not stand in its file exactly once."""
    found = []
    for mutant in MUTANTS:
        path = PROJECT / mutant.file
        times = path.read_text(encoding="utf-8").count(mutant.right) if path.exists() else 0
        if times != 1:
            found.append(f"{mutant.file}: stands {times} times: {mutant.right!r}")
    return found


def main() -> None:
    wrong = misplaced()
    if wrong:
        sys.exit("The SQL has changed; put these changes right:\n  " + "\n  ".join(wrong))
    wanted = " ".join(sys.argv[1:])
    chosen = [mutant for mutant in MUTANTS if wanted in mutant.mistake]
    survivors = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lead_scoring_mutants_") as folder:
        workshop = Workshop(Path(folder))
        cases = [workshop.case(name) for name in CASES]
        print(f"{len(CASES)} golden cases built in {time.monotonic() - begun:.0f} s", flush=True)
        for number, mutant in enumerate(chosen, start=1):
            started_at = time.monotonic()
            with workshop.changed(mutant):
                killer = workshop.killer(mutant, cases)
            if killer is None:
                survivors.append(mutant)
            verdict = f"killed by {killer}" if killer else "SURVIVED"
            seconds = time.monotonic() - started_at
            counted = f"{number:2}/{len(chosen)}"
            print(f"{counted} {mutant.mistake}: {verdict} ({seconds:.1f} s)", flush=True)
    print(
        f"{len(chosen) - len(survivors)} of {len(chosen)} killed "
        f"in {time.monotonic() - begun:.0f} s"
    )
    for mutant in survivors:
        print(f"survived: {mutant.mistake} ({mutant.file})")
    if survivors:
        sys.exit(1)


if __name__ == "__main__":
    main()
