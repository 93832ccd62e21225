"""Writes a configuration folder of one's own: the default seeds and a page that explains them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lead_scoring.configuration import (
    COMBINES,
    CRITERIA,
    DIMENSIONS,
    METHODS,
    OPERATORS,
    SEEDS,
    SIGNALS,
    Column,
    Kind,
    Seed,
    Signal,
)
from lead_scoring.errors import StorageError, UsageError

_README = "README.md"

_INTRODUCTION = """\
# Scoring configuration

These files say how leads are scored. Edit them in a spreadsheet or an editor and save them as
CSV in UTF-8, separated by commas. Then check the folder, and score with it:

    .venv/bin/python scripts/score_leads.py check --config {folder}
    .venv/bin/python scripts/score_leads.py run --config {folder}

Columns are found by their names, in any order; a blank cell means "not given". The files of decay
policies, exclusions, actions, the conversion model and promotions may be left out. Ids are
compared with regard to case, all other text is not.
"""


@dataclass(frozen=True)
class _Description:
    """What the property files say of a seed and of its columns, by name."""

    text: str = ""
    columns: dict[str, str] = field(default_factory=dict)


_NOTHING = _Description()


def init_configuration(target: Path, source: Path) -> list[Path]:
    """Copy the default scoring seeds into a new folder and explain them there.

    Args:
        target: The folder to make; it may exist where it is empty.
        source: The project's folder of scoring seeds and their property files.

    Returns:
        The files written, the README last.

    Raises:
        UsageError: Where the target is a file or a folder that holds something.
        StorageError: Where the seeds cannot be read or the folder cannot be written.
    """
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; name a new or an empty folder")
    try:
        if target.is_dir() and any(target.iterdir()):
            raise UsageError(f"the folder {target} is not empty; name a new or an empty one")
        contents = {seed.file_name: (source / seed.file_name).read_bytes() for seed in SEEDS}
        contents[_README] = _readme(target, _descriptions(source)).encode()
        target.mkdir(parents=True, exist_ok=True)
        written = []
        for name, content in contents.items():
            path = target / name
            path.write_bytes(content)
            written.append(path)
    except OSError as error:
        raise StorageError(
            f"{error.filename or target} can't be read or written: {error.strerror}"
        ) from error
    return written


def _descriptions(source: Path) -> dict[str, _Description]:
    found = {}
    for path in sorted(source.glob("*.yml")):
        properties = yaml.safe_load(path.read_text(encoding="utf-8"))
        seeds = properties.get("seeds") if isinstance(properties, Mapping) else None
        for seed in seeds or []:
            columns = {
                column["name"]: _one_line(column.get("description"))
                for column in seed.get("columns") or []
            }
            found[seed["name"]] = _Description(_one_line(seed.get("description")), columns)
    return found


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())


def _readme(target: Path, descriptions: Mapping[str, _Description]) -> str:
    sections = [_INTRODUCTION.format(folder=target)]
    sections += [_seed_section(seed, descriptions.get(seed.name, _NOTHING)) for seed in SEEDS]
    sections += [
        _section("Dimensions", _table(("dimension", "holds"), DIMENSIONS.items())),
        _section("Ways to combine a group", _table(("combine", "gives"), COMBINES.items())),
        _section(
            "Signals",
            "The subject of `attribute` is a column of the leads, that of the others an event "
            "type;\nfor frequency, recency and monetary `*` stands for every event type.",
            _table(
                ("signal", "earns its points", "has a use for"),
                ((name, signal.meaning, _listed_cells(signal)) for name, signal in SIGNALS.items()),
            ),
        ),
        _section(
            "Operators",
            "Text is compared trimmed and without regard to case.",
            _table(
                ("operator", "true when the value…", "value column"),
                (
                    (name, operator.meaning, operator.operand.value)
                    for name, operator in OPERATORS.items()
                ),
            ),
        ),
        _section(
            "Decay methods",
            _table(
                ("method", "worth at an age in days", "parameters"),
                (
                    (name, method.meaning, ", ".join(method.parameters))
                    for name, method in METHODS.items()
                ),
            ),
        ),
    ]
    return "\n".join(sections)


def _seed_section(seed: Seed, description: _Description) -> str:
    rows = (
        (
            column.name,
            description.columns.get(column.name, ""),
            _allowed(column) + ("" if column.required else ", or blank"),
        )
        for column in seed.columns
    )
    table = _table(("column", "holds", "allowed"), rows)
    return _section(seed.file_name, description.text, table)


def _allowed(column: Column) -> str:
    if column.figure is not None:
        return column.figure.allowed
    if column.kind is Kind.FLAG:
        return "true, false"
    if column.kind in (Kind.DATE, Kind.TIMESTAMP):
        return str(column.kind.value)
    if column.choices == tuple(OPERATORS):
        return "an operator, see below"
    return ", ".join(column.choices) or "text"


def _listed_cells(signal: Signal) -> str:
    return ", ".join(name for name in CRITERIA.column_names if name in signal.uses)


def _section(title: str, *paragraphs: str) -> str:
    return "\n\n".join([f"## {title}", *filter(None, paragraphs)]) + "\n"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
