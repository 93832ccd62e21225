"""Which column of an input is which column of the contract."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from lead_scoring.contract import RELATIONS, REQUIRED, TRIMMED
from lead_scoring.errors import Problem, Severity, StorageError, UsageError

_MOST_NAMES = 20
_FORM = "relation.column=Their Column"

Mappings = Mapping[str, Mapping[str, str]]
"""Relation, then contract column, then the input's column."""

Aliases = Mapping[tuple[str, str], str]
"""Relation and normalised alias, then contract column."""


class How(Enum):
    """By what a column was recognised, the strongest first; `EXTRA` is none of the contract's."""

    MAPPING = "mapping"
    EXACT = "exact"
    NORMALISED = "normalised"
    ALIAS = "alias"
    EXTRA = "extra"


@dataclass(frozen=True)
class ColumnUse:
    """One column of an input and what becomes of it.

    `file_column` is the name as it stands in the file, `contract_column` the contract's, None where
    the column is kept as an extra one, `name` the name under which it is landed.
    """

    file_column: str
    contract_column: str | None
    name: str
    how: How


def normalise(name: str) -> str:
    """Return a column's name in lower case, its letters and digits alone."""
    return "".join(character for character in name.lower() if character.isalnum())


def read_aliases(path: Path) -> Aliases:
    """Read the seed of names that other systems give the contract's columns.

    Raises:
        UsageError: Where the file is missing, or an alias stands for two columns.
    """
    aliases: dict[tuple[str, str], str] = {}
    problems = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                key = (row["relation"], row["alias"])
                if aliases.setdefault(key, row["column_name"]) != row["column_name"]:
                    problems.append(
                        _error(
                            f"the alias {row['alias']} of {row['relation']} stands for "
                            f"{aliases[key]} and {row['column_name']}",
                            file=str(path),
                        )
                    )
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise UsageError(f"the list of column names {path} can't be read: {error}") from error
    if problems:
        raise UsageError(problems[0].sentence(), problems)
    # A history carries the columns of leads under the same names.
    for (relation, alias), column in list(aliases.items()):
        if relation == "leads" and column in RELATIONS["lead_history"]:
            aliases.setdefault(("lead_history", alias), column)
    return aliases


def name_problems(names: Sequence[str], file: str, line: int | None = 1) -> list[Problem]:
    """Return what is wrong with the names of a file's columns as such: blank or twice there.

    Names that differ in case or in white space around them alone count as the same, since a
    database takes them for one. `line` is where the names stand, None for Parquet.
    """
    problems = []
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        key = name.strip(TRIMMED).lower()
        if not key:
            problems.append(_error(f"column {place} has no name", file=file, line=line))
        elif key in places:
            problems.append(
                _error(
                    f"the name '{name}' of column {place} is that of column {places[key]} too",
                    file=file,
                    line=line,
                    column=name,
                    allowed="a name of its own for each column",
                )
            )
        places.setdefault(key, place)
    return problems


def recognise(
    relation: str,
    names: Sequence[str],
    aliases: Aliases,
    mapping: Mapping[str, str],
    file: str,
) -> tuple[list[ColumnUse], list[Problem]]:
    """Find the contract's columns among the columns of one file.

    A mapping wins over all; then a contract column goes to the column that has its very name, then
    to one whose name is the same without regard to case, spaces and punctuation, then to an alias.

    Args:
        relation: leads, events or outcomes.
        names: The file's columns, each name once and none blank.
        aliases: The other names of the contract's columns.
        mapping: Contract column, then the input's column; one that the file lacks is passed over.
        file: The path as the user gave it, for the problems.

    Returns:
        The columns to land, in the file's order, a column mapped twice being there twice; and the
        problems: a required column that is missing, two columns for one.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[str, How]] = {}
    for contract_column, theirs in mapping.items():
        actual = find_name(theirs, names)
        if actual is not None:
            found[contract_column] = (actual, How.MAPPING)
    mapped = {name for name, _ in found.values()}
    claims = _claims(relation, [name for name in names if name not in mapped], aliases)
    for contract_column in RELATIONS[relation]:
        claimants = claims.get(contract_column, [])
        if not claimants:
            continue
        if contract_column not in found:
            best = min(how_strong for how_strong, _, _ in claimants)
            winners = [(name, how) for strength, name, how in claimants if strength == best]
            if len(winners) > 1:
                problems.append(_ambiguous(relation, contract_column, winners, file))
                continue
            found[contract_column] = winners[0]
        problems.extend(
            _passed_over(contract_column, found[contract_column][0], name, names, file)
            for _, name, _ in claimants
            if name != found[contract_column][0]
        )
    taken = {name for name, _ in found.values()}
    problems.extend(
        _missing(relation, column, [name for name in names if name not in taken], aliases, file)
        for column in REQUIRED[relation]
        if column not in found and column not in claims
    )
    return _uses(names, found), problems


def find_name(theirs: str, names: Sequence[str]) -> str | None:
    """Return the column that a user means by a name, the very one before a like one, or None."""
    if theirs in names:
        return theirs
    key = normalise(theirs)
    alike = [name for name in names if key and normalise(name) == key]
    return alike[0] if len(alike) == 1 else None


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that comes closest without regard to case and punctuation, or None."""
    by_key = {normalise(each): each for each in known}
    close = difflib.get_close_matches(normalise(name), by_key, n=1)
    return by_key[close[0]] if close else None


def parse_mapping(
    options: Sequence[str], mapping_file: Path | None = None
) -> dict[str, dict[str, str]]:
    """Read the mapping that a user gave by options and by a file; an option goes before the file.

    Args:
        options: Texts of the form `relation.column=Their Column`.
        mapping_file: YAML that holds `relation: {column: Their Column}`.

    Returns:
        Relation, then contract column, then the input's column.

    Raises:
        UsageError: With every mistake found: a wrong form, an unknown relation or column, a blank
            name, a column mapped twice.
        StorageError: Where the file may not be read.
    """
    problems: list[Problem] = []
    mapping = {} if mapping_file is None else _read_mapping_file(mapping_file, problems)
    from_options: dict[str, dict[str, str]] = {}
    for option in options:
        target, equals, theirs = option.partition("=")
        relation, dot, column = (part.strip().lower() for part in target.partition("."))
        if not (equals and dot and theirs.strip(TRIMMED)):
            problems.append(_error(f"'{option}' is no mapping", value=option, allowed=_FORM))
        elif _is_known(relation, column, None, problems):
            columns = from_options.setdefault(relation, {})
            if columns.setdefault(column, theirs) != theirs:
                problems.append(
                    _error(
                        f"{relation}.{column} is mapped to '{columns[column]}' and to '{theirs}'",
                        value=option,
                        allowed="one mapping for each column",
                    )
                )
    if problems:
        raise UsageError(_summary(problems), problems)
    return {
        relation: {**mapping.get(relation, {}), **from_options.get(relation, {})}
        for relation in RELATIONS
        if relation in mapping or relation in from_options
    }


def _read_mapping_file(path: Path, problems: list[Problem]) -> dict[str, dict[str, str]]:
    name = str(path)
    content = _load_yaml(path, problems)
    if content is None:
        return {}
    mapping: dict[str, dict[str, str]] = {}
    for relation, columns in _pairs(content, name, problems):
        if relation not in RELATIONS:
            _is_known(relation, "", name, problems)
            continue
        for column, theirs in _pairs(columns, name, problems):
            if not isinstance(theirs, str) or not theirs.strip(TRIMMED):
                problems.append(
                    _error(
                        f"{relation}.{column} is not mapped to a name",
                        file=name,
                        value=str(theirs),
                        allowed="the name of a column, in quotes where it is a number",
                    )
                )
            elif _is_known(relation, column, name, problems):
                mapping.setdefault(relation, {})[column] = theirs
    return mapping


def _load_yaml(path: Path, problems: list[Problem]) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_UniqueKeyLoader)
    except (FileNotFoundError, IsADirectoryError):
        problems.append(_error("there is no such mapping file", file=str(path)))
    except UnicodeDecodeError:
        problems.append(_error("the mapping file is not UTF-8", file=str(path)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.append(
            _error(
                f"the mapping file is not YAML: {getattr(error, 'problem', None) or error}",
                file=str(path),
                line=None if mark is None else mark.line + 1,
            )
        )
    except OSError as error:
        raise StorageError(f"{path} can't be read: {error.strerror}") from error
    return None


class _UniqueKeyLoader(yaml.SafeLoader):
    """Loads plain YAML and refuses a key that stands twice, of which one would win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build one mapping."""
        keys = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice", key.start_mark
                )
            keys.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _pairs(content: object, file: str, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    if not isinstance(content, dict):
        problems.append(
            _error(
                "the mapping file does not map columns",
                file=file,
                allowed="relation: {column: Their Column}",
            )
        )
        return
    for key, value in content.items():
        yield str(key).strip().lower(), value


def _is_known(relation: str, column: str, file: str | None, problems: list[Problem]) -> bool:
    if relation not in RELATIONS:
        problems.append(
            _error(
                f"there is no input '{relation}'",
                file=file,
                value=relation,
                allowed=", ".join(RELATIONS),
                nearest=nearest_name(relation, RELATIONS),
            )
        )
    elif column not in RELATIONS[relation]:
        problems.append(
            _error(
                f"{relation} have no column '{column}'",
                file=file,
                value=column,
                allowed=", ".join(RELATIONS[relation]),
                nearest=nearest_name(column, RELATIONS[relation]),
            )
        )
    else:
        return True
    return False


def _claims(
    relation: str, names: Sequence[str], aliases: Aliases
) -> dict[str, list[tuple[int, str, How]]]:
    """Return for each contract column the columns that could be it: strength, name, by what."""
    strengths = list(How)
    by_key = {normalise(column): column for column in RELATIONS[relation]}
    claims: dict[str, list[tuple[int, str, How]]] = {}
    for name in names:
        key = normalise(name)
        if name in RELATIONS[relation]:
            column, how = name, How.EXACT
        elif key in by_key:
            column, how = by_key[key], How.NORMALISED
        elif (relation, key) in aliases:
            column, how = aliases[relation, key], How.ALIAS
        else:
            continue
        claims.setdefault(column, []).append((strengths.index(how), name, how))
    return claims


def _uses(names: Sequence[str], found: Mapping[str, tuple[str, How]]) -> list[ColumnUse]:
    uses: list[ColumnUse] = []
    for name in names:
        served = [
            ColumnUse(name, column, column, how)
            for column, (theirs, how) in found.items()
            if theirs == name
        ]
        uses.extend(served or [ColumnUse(name, None, _extra_name(name, found), How.EXTRA)])
    return uses


def _extra_name(name: str, contract_columns: Container[str]) -> str:
    """Return an extra column's name, which a mapping may have given to another column."""
    trimmed = name.strip(TRIMMED)
    return f"{trimmed}_original" if trimmed.lower() in contract_columns else trimmed


def _passed_over(column: str, winner: str, name: str, names: Sequence[str], file: str) -> Problem:
    landed = _extra_name(name, (column,))
    if landed.lower() != name.strip(TRIMMED).lower() and landed.lower() in (
        each.strip(TRIMMED).lower() for each in names
    ):
        return _error(
            f"the mapping gives the name of '{name}' to '{winner}', "
            f"and the file has a column '{landed}' already",
            file=file,
            column=column,
            allowed="another name for one of these columns",
        )
    return Problem(
        Severity.WARNING,
        f"taken from '{winner}'; '{name}', which could be it too, is kept as '{landed}'",
        file=file,
        column=column,
    )


def _ambiguous(
    relation: str, column: str, winners: Sequence[tuple[str, How]], file: str
) -> Problem:
    names = " and ".join(f"'{name}'" for name, _ in winners)
    return _error(
        f"{names} could each be {relation}.{column}",
        file=file,
        column=column,
        allowed=f"--map '{relation}.{column}={winners[0][0]}' says which",
    )


def _missing(
    relation: str, column: str, free: Sequence[str], aliases: Aliases, file: str
) -> Problem:
    known = [
        column,
        *(alias for (of, alias), to in aliases.items() if (of, to) == (relation, column)),
    ]
    nearest = next(filter(None, (nearest_name(name, free) for name in known)), None)
    listed = ", ".join(free[:_MOST_NAMES]) + (", …" if len(free) > _MOST_NAMES else "")
    return _error(
        f"{relation} need a column {column}" + (f"; the others are {listed}" if free else ""),
        file=file,
        column=column,
        allowed=f"--map '{relation}.{column}=Their Column' names it",
        nearest=nearest,
    )


def _error(
    message: str,
    *,
    file: str | None = None,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
    allowed: str | None = None,
    nearest: str | None = None,
) -> Problem:
    return Problem(Severity.ERROR, message, file, line, column, value, allowed, nearest)


def _summary(problems: Sequence[Problem]) -> str:
    if len(problems) == 1:
        return problems[0].sentence()
    return f"{len(problems)} mistakes in the mapping of columns"
