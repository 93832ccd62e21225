"""Holds the documentation against the code, and runs its example."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import pytest
import yaml

from command import DATABASE, PROJECT, query, score_leads
from lead_scoring import cli
from lead_scoring.column_mapping import How, read_aliases, recognise
from lead_scoring.configuration import METHODS, OPERATORS, RULES, SEEDS, SIGNALS
from lead_scoring.configuration_conditions import known_names
from lead_scoring.contract import RELATIONS, REQUIRED
from lead_scoring.project import COLUMN_ALIASES
from lead_scoring.seed_tables import type_on_duckdb

if TYPE_CHECKING:
    from conftest import Published

README = PROJECT / "README.md"
DOCS = PROJECT / "docs"
EXAMPLE = DOCS / "scoring.md"
PAGES = sorted(
    [
        *PROJECT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *(PROJECT / "examples").rglob("*.md"),
        PROJECT / "seeds" / "reference" / "README.md",
    ]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
# Columns of the example's tables that no mart has: how a figure comes about.
ARITHMETIC = "arithmetic"
LOG_ODDS = "log odds"
RELATION_FILES = ("leads", "events", "outcomes")
# What one date can't show has pages of its own.
OVER_TIME = {
    "lead_scoring__score_history",
    "lead_scoring__stage_rules",
    "lead_scoring__stage_transitions",
    "lead_scoring__recent_contributions",
    "lead_scoring__handoff_queue",
    "lead_scoring__funnel_daily",
    "lead_scoring__champion_changes",
}


class Table(NamedTuple):
    """A table of a page: its header, and each row by the header's names."""

    header: list[str]
    rows: list[dict[str, str]]

    def column(self, name: str) -> list[str]:
        return [row[name] for row in self.rows]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def tables(text: str) -> list[Table]:
    """Return the tables of a Markdown text; a pipe in a cell is escaped."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        cells = [
            [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in block.splitlines()
        ]
        header, rows = cells[0], cells[2:]
        assert all(len(row) == len(header) for row in rows), block
        found.append(Table(header, [dict(zip(header, row, strict=True)) for row in rows]))
    return found


def section(page: Path, heading: str) -> str:
    """Return what stands under a heading, up to the next of its level or above."""
    level = heading.split(" ")[0]
    pattern = rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)"
    found = re.search(pattern, text_of(page), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page.name} has no section {heading}"
    return found[1]


def first_table(page: Path, heading: str) -> Table:
    return tables(section(page, heading))[0]


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Links, paths and names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(without_code(text_of(page))):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_readme_is_short_and_its_paths_exist() -> None:
    assert len(text_of(README).splitlines()) < 300
    paths = LINK.findall("".join(first_table(README, "## Where things are").column("path")))
    assert {path.partition("/")[0] for path in paths} >= {"seeds", "models", "macros", "tests"}


def test_decisions_are_numbered_and_listed() -> None:
    files = sorted((DOCS / "decisions").glob("0*.md"))
    index = section(DOCS / "decisions" / "README.md", "# Decisions")
    listed = re.findall(r"^(\d+)\. \[(.*)\]\((.*)\)$", index, re.MULTILINE)
    titles = [text_of(file).splitlines()[0] for file in files]
    assert [f"# {number}. {title}" for number, title, _ in listed] == titles
    assert [name for _, _, name in listed] == [file.name for file in files]
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text_of(file), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences"], file.name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", text_of(PROJECT / "Makefile"), re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"(?:`|^|\$ |=\S+ )make ([a-z-]+)", text_of(page), re.MULTILINE)
        assert set(named) <= targets, page.name


def test_licence_and_notice_name_what_is_there() -> None:
    assert "Copyright 2026 The lead_scoring authors" in text_of(PROJECT / "LICENSE")
    named = set(
        re.findall(r"seeds/reference/[\w./-]+\.(?:csv|txt|md)", text_of(PROJECT / "NOTICE"))
    )
    licences = (PROJECT / "seeds" / "reference" / "licenses").glob("*")
    assert named >= {str(path.relative_to(PROJECT)) for path in licences}
    assert all((PROJECT / path).exists() for path in named)


def test_changelog_has_the_project_s_version_and_every_table() -> None:
    changelog = text_of(PROJECT / "CHANGELOG.md")
    version = yaml.safe_load(text_of(PROJECT / "dbt_project.yml"))["version"]
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == version
    marts = {
        path.stem
        for layer in ("marts", "evaluation")
        for path in (PROJECT / "models" / layer).glob("*.sql")
    }
    seeds = {path.stem for path in (PROJECT / "seeds").rglob("*.csv")}
    assert set(re.findall(r"`(lead_scoring__\w+)`", changelog)) == marts | seeds


# The command


def command_options() -> dict[str, click.Option]:
    """Return every option by its spelling; where commands share one it is the same."""
    return {
        spelling: option
        for command in cli.cli.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
        for spelling in option.opts
    }


def users_of(option: str) -> str:
    """Return the commands that take an option, as the README lists them."""
    commands = {
        name: command
        for name, command in cli.cli.commands.items()
        if any(option in parameter.opts for parameter in command.params)
    }
    if len(commands) == len(cli.cli.commands):
        return "all"
    order = (
        "run", "backfill", "check", "diff", "evaluate", "calibrate", "promote", "explain",
        "export", "report",
    )  # fmt: skip
    return ", ".join(name for name in order if name in commands)


def test_readme_lists_every_command_and_option() -> None:
    commands, options = tables(section(README, "## The commands"))
    usages = {
        " ".join(
            [name, *(part.make_metavar(click.Context(command)) for part in arguments(command))]
        )
        for name, command in cli.cli.commands.items()
    }
    assert {cell.strip("`") for cell in commands.column("command")} == usages
    documented = {row["option"].strip("`").partition(" ")[0]: row["of"] for row in options.rows}
    assert documented == {spelling: users_of(spelling) for spelling in command_options()}


def arguments(command: click.Command) -> list[click.Argument]:
    return [part for part in command.params if isinstance(part, click.Argument)]


def test_defaults_in_the_readme_are_the_command_s() -> None:
    options = tables(section(README, "## The commands"))[1]
    for row in options.rows:
        spelling = row["option"].strip("`").partition(" ")[0]
        stated = re.search(r"by default `?([\w.,]*\w)`?", row[""])
        if stated and stated[1] != "today":
            assert stated[1] == str(command_options()[spelling].default), spelling


def test_options_in_commands_of_the_docs_exist() -> None:
    known = {*command_options(), "--help"}
    for page in [README, PROJECT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]:
        commands = re.sub(r"\\\n", " ", text_of(page))
        for line in re.findall(r"score_leads\.py (.*)", commands):
            assert set(re.findall(r"--[a-z-]+", line)) <= known, line


def test_documented_exit_codes_are_the_code_s() -> None:
    documented = first_table(DOCS / "operations.md", "## Exit codes")
    codes = {int(row["code"]): row["status in `--json`"] for row in documented.rows}
    assert codes == cli.STATUS
    line = re.search(r"^Exit codes: (.*?)\. ", text_of(README), re.MULTILINE)[1]
    assert [int(part.split()[0]) for part in line.split("; ")] == list(cli.STATUS)


def test_settings_are_those_that_the_project_reads() -> None:
    pages = [
        section(DOCS / "operations.md", "## Settings"),
        *re.split(r"^## ", text_of(DOCS / "engines.md"), flags=re.MULTILINE)[1:],
    ]
    settings = [
        row
        for page in pages
        for table in tables(page)
        if "variable of the environment" in table.header
        for row in table.rows
    ]
    files = [PROJECT / "dbt_project.yml", PROJECT / "profiles.yml"]
    used = dict(
        found
        for file in files
        for found in re.findall(r"env_var\('(\w+)', '([^']*)'\)", text_of(file))
    ) | dict(
        found
        for file in (PROJECT / "scripts" / "lead_scoring").glob("*.py")
        for found in re.findall(r'environ\.get\("(\w+)", "([^"]*)"\)', text_of(file))
    )
    documented = {
        row["variable of the environment"]: row["default"].replace("none", "") for row in settings
    }
    assert documented == used


def test_vars_are_those_that_the_project_reads() -> None:
    files = [*(PROJECT / "models").rglob("*.yml"), *(PROJECT / "models").rglob("*.sql")]
    files += [*(PROJECT / "macros").rglob("*.sql"), PROJECT / "dbt_project.yml"]
    used = {
        name
        for file in files
        for name in re.findall(r"\bvar\('(lead_scoring__\w+)'", text_of(file))
    }
    documented = tables(section(DOCS / "operations.md", "## dbt alone"))[0]
    assert set(documented.column("var")) == used


# Inputs, configuration, marts


@pytest.mark.parametrize("relation", RELATIONS)
def test_columns_of_the_inputs_are_the_contract_s(relation: str) -> None:
    documented = first_table(DOCS / "inputs.md", f"### {relation}")
    columns = list(RELATIONS[relation])
    if relation == "lead_history":
        # The rest are those of leads.
        columns = columns[: columns.index("valid_to") + 1]
        assert set(RELATIONS[relation]) - set(columns) < set(RELATIONS["leads"])
    assert documented.column("column") == columns
    required = [row["column"] for row in documented.rows if row[""].startswith("required")]
    assert required == list(REQUIRED[relation])


def test_derived_attributes_are_those_that_rules_may_name() -> None:
    documented = tables(section(DOCS / "inputs.md", "### leads"))[1].column("attribute")
    known = known_names(attributes=[], event_properties=[], event_types=[]).attributes
    assert sorted({*documented, *RELATIONS["leads"]}) == list(known)


def test_reasons_of_rejection_are_those_of_the_run_summary() -> None:
    documented = first_table(DOCS / "inputs.md", "## What is rejected, and why")
    summary = mart_columns()["lead_scoring__run_summary"]
    counted = [name for name in summary if name.startswith(("missing_", "duplicate_", "invalid_"))]
    assert set(documented.column("reason")) == {*counted, "unknown_lead"} - {"invalid_created_at"}


def test_names_in_the_example_of_recognition_are_recognised() -> None:
    aliases = read_aliases(COLUMN_ALIASES)
    for row in first_table(DOCS / "inputs.md", "## Which column is which").rows:
        uses, _ = recognise(row["relation"], [row["your column"]], aliases, {}, "a.csv")
        assert [(use.contract_column, use.how) for use in uses] == [(row["is"], How.ALIAS)]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_columns_of_the_seeds_are_the_contract_s(seed: Any) -> None:
    documented = first_table(DOCS / "configuration.md", f"### {seed.name}")
    assert documented.column("column") == list(seed.column_names)


def test_operators_signals_and_methods_are_those_of_the_checks() -> None:
    page = DOCS / "configuration.md"
    operators = first_table(page, "## Operators").column("operator")
    signals = first_table(page, "## Signals")
    methods = first_table(page, "## Decay")
    assert operators == list(OPERATORS)
    assert (
        signals.column("signal")
        == first_table(EXAMPLE, "## What a criterion earns").column("signal")
        == list(SIGNALS)
    )
    for row in signals.rows:
        may_have = {
            cell
            for name in row["may have"].split(", ")
            for cell in (
                ["filter_property", "filter_operator", "filter_value"]
                if name == "filter"
                else [name]
            )
        }
        assert may_have == set(SIGNALS[row["signal"]].uses), row["signal"]
    needed = {row["method"]: row["needs"] for row in methods.rows}
    assert needed == {name: ", ".join(method.parameters) for name, method in METHODS.items()}


def mart_columns(layer: str = "marts") -> dict[str, dict[str, str]]:
    """Return the type of every column of every mart of a layer, in their order."""
    path = PROJECT / "models" / layer / f"_lead_scoring__{layer}.yml"
    properties = yaml.safe_load(text_of(path))
    return {
        model["name"]: {
            column["name"]: type_on_duckdb(column["data_type"]) for column in model["columns"]
        }
        for model in properties["models"]
    }


@pytest.mark.parametrize("layer", ["marts", "evaluation"])
def test_columns_of_the_marts_are_their_contracts(layer: str) -> None:
    page = DOCS / f"{layer}.md"
    documented = {
        mart: {row["column"]: row["type"] for row in first_table(page, f"## {mart}").rows}
        for mart in re.findall(r"^## (lead_scoring__\w+)$", text_of(page), re.MULTILINE)
    }
    marts = mart_columns(layer)
    assert documented == marts
    assert [list(columns) for columns in documented.values()] == [
        list(marts[mart]) for mart in documented
    ]


def test_readme_lists_the_marts_in_the_order_of_their_page() -> None:
    page = text_of(DOCS / "marts.md")
    documented = re.findall(r"^## (lead_scoring__\w+)$", page, re.MULTILINE)
    listed = first_table(README, "## The tables").column("table")
    assert [name.strip("`") for name in listed] == documented


# What the README shows


def shown(start: str) -> list[str]:
    """Return the lines of the README's block that begins with a command, but those with dots."""
    blocks = [block for _, block in FENCE.findall(text_of(README)) if block.startswith(start)]
    assert len(blocks) == 1, start
    lines = [line.rstrip() for line in blocks[0].splitlines()[1:]]
    return [line for line in lines if line and "…" not in line]


def test_readme_shows_what_the_demo_prints(demo: Published) -> None:
    printed = [line.rstrip() for line in demo.ended.out.splitlines()]
    missing = [line for line in shown("$ make score") if line not in printed]
    assert not missing


def test_readme_shows_a_ledger_that_explain_prints(demo: Published) -> None:
    lines = shown("$ .venv/bin/python scripts/score_leads.py explain L-01401")
    printed = score_leads("explain", "L-01401", "--out", demo.out).out
    assert lines == [line.rstrip() for line in printed.splitlines() if line.strip()]


def test_queries_of_the_marts_page_run(demo: Published) -> None:
    queries = [block for name, block in FENCE.findall(text_of(DOCS / "marts.md")) if name == "sql"]
    assert len(queries) == 5
    for statement in queries:
        assert query(demo.out / DATABASE, statement)


# The worked example


class Example(NamedTuple):
    """The example of docs/scoring.md after its one run."""

    report: dict[str, Any]
    database: Path


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example's files, written as the page has them, and scored."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "config").mkdir()
    files = {
        info.removeprefix("csv "): block
        for info, block in FENCE.findall(text_of(EXAMPLE))
        if info.startswith("csv ")
    }
    assert set(files) == {
        *(seed.file_name for seed in RULES),
        *(f"{relation}.csv" for relation in RELATION_FILES),
    }
    for name, block in files.items():
        place = folder / "config" if name.startswith("lead_scoring__") else folder
        (place / name).write_text(block, encoding="utf-8")
    inputs = [
        word
        for relation in RELATION_FILES
        for word in (f"--{relation}", str(folder / f"{relation}.csv"))
    ]
    ended = score_leads(
        "run", *inputs, "--config", folder / "config", "--as-of", "2026-06-30",
        "--out", folder / "out", "--json",
    )  # fmt: skip
    return Example(ended.report, folder / "out" / DATABASE)


def figures() -> list[tuple[str, Table]]:
    """Return the tables of the example, each with the mart that it shows."""
    found = re.findall(r"^<!-- figures: (\w+) -->\n((?:\|.*\|\n)+)", text_of(EXAMPLE), re.MULTILINE)
    return [(mart, tables(table)[0]) for mart, table in found]


def as_shown(value: object) -> object:
    """Return a value of a mart as the page writes it, numbers as numbers."""
    if value is None:
        return ""
    return Decimal(value) if isinstance(value, int | Decimal) else str(value)


def as_read(cell: str) -> object:
    return Decimal(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell


@pytest.mark.parametrize(
    ("mart", "table"), figures(), ids=lambda part: part[:40] if isinstance(part, str) else ""
)
def test_example_is_what_the_command_publishes(example: Example, mart: str, table: Table) -> None:
    columns = [name for name in table.header if name not in (ARITHMETIC, LOG_ODDS)]
    rows = query(example.database, f"select {', '.join(columns)} from {mart}")
    documented = [tuple(as_read(row[name]) for name in columns) for row in table.rows]
    published = [tuple(as_shown(value) for value in row) for row in rows]
    if mart == "lead_scoring__score_ledger":
        place = columns.index("lead_id")
        leads = {row[place] for row in documented}
        published = [row for row in published if row[place] in leads]
    assert documented == published


def test_example_covers_every_mart() -> None:
    assert {mart for mart, _ in figures()} | OVER_TIME == set(mart_columns())


def test_arithmetic_of_the_example_is_right() -> None:
    checked = 0
    for _, table in figures():
        if ARITHMETIC not in table.header:
            continue
        result = "score" if "score" in table.header else "points"
        for row in table.rows:
            assert calculated(row[ARITHMETIC]) == Decimal(row[result]), row
            checked += 1
    assert checked > 20


def calculated(arithmetic: str) -> Decimal:
    """Return the value of what is written in signs, round(…) and max(…), to 6 decimals."""
    spelled = {"\N{MULTIPLICATION SIGN}": "*", "\N{MINUS SIGN}": "-", "^": "**"}
    expression = re.sub(r"[^\w.+/(), -]", lambda sign: spelled[sign[0]], arithmetic)
    assert re.fullmatch(r"(?:[0-9.+*/(), -]|round|max)+", expression), arithmetic
    names = {"__builtins__": {}, "round": lambda value: float(rounded(value)), "max": max}
    value = eval(expression, names)
    assert math.isfinite(value)
    return rounded(value)


def rounded(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def test_json_report_has_the_keys_that_are_documented(example: Example) -> None:
    documented = first_table(DOCS / "operations.md", "## For schedulers").column("key")
    assert ["status", "exit_code", *documented] == list(example.report)


def test_output_folder_is_as_documented(example: Example) -> None:
    folder = example.database.parent
    for name in first_table(DOCS / "operations.md", "## The output folder").column("name"):
        assert (folder / name.strip("`").rstrip("/")).exists(), name
    run = (folder / ".current").resolve()
    assert (run / "config" / "lead_scoring__criteria.csv").is_file()
    assert (run / "marts" / "lead_scoring__ranked_leads.parquet").is_file()
