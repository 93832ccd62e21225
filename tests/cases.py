"""Golden and random cases, and what a published run has against them."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from command import DATABASE, query, read_csv, write_csv
from comparison import compare, ledger_problems
from oracle import score
from oracle_inputs import SEEDS, CaseFiles
from oracle_text import trimmed
from random_cases import write_case


def mart_as_text(database: Path, mart: str, columns: Iterable[str]) -> list[dict[str, str]]:
    """Return a mart's rows as the database itself prints them, sorted; a null is ''."""
    names = list(columns)
    texts = ", ".join(f"coalesce(cast({name} as varchar), '') as {name}" for name in names)
    rows = query(database, f"select {texts} from lead_scoring__{mart}")
    return sorted(
        (dict(zip(names, row, strict=True)) for row in rows), key=lambda row: tuple(row.values())
    )


def differences(case: CaseFiles, as_of: date, out: Path) -> list[str]:
    """Return what the published marts and ledger have against the oracle."""
    database = out / DATABASE
    found = compare(score(case, as_of), database)
    return found + ledger_problems(database, case.config)


def golden_differences(case: Path, out: Path) -> list[str]:
    """Return the marts that are not those of a golden case in every column and digit."""
    found = []
    for mart in ("ranked_leads", "contributions", "rejected_records"):
        expected = case / f"expected_{mart}.csv"
        with expected.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        wanted = sorted(read_csv(expected), key=lambda row: tuple(row.values()))
        rows = mart_as_text(out / DATABASE, mart, header)
        found += [
            f"{mart}: {row} in place of {right}"
            for row, right in zip(rows, wanted, strict=False)
            if row != right
        ]
        if len(rows) != len(wanted):
            found.append(f"{mart}: {len(rows)} rows in place of {len(wanted)}")
    return found


def pack(folder: Path, seeds: Iterable[int], leads: int, events: int, versions: int = 0) -> None:
    """Write a case with the inputs of the first seed and the scoring models of all of them.

    Models and decay policies get their seed before their name; the first seed's champion stays.
    """
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    first, *others = seeds
    for seed in (first, *others):
        case = folder if seed == first else folder / f"seed_{seed}"
        if seed == first:
            write_case(case, seed, leads, events, versions)
        else:
            write_case(case, seed, 20, 20)
        for name in SEEDS:
            path = case / "config" / f"lead_scoring__{name}.csv"
            for row in read_csv(path) if path.exists() else []:
                for column in ("model_id", "decay_policy"):
                    if trimmed(row.get(column)):
                        row[column] = f"{seed} {trimmed(row[column])}"
                if name == "models" and seed != first:
                    row["is_champion"] = "false"
                tables[name].append(row)
        shutil.rmtree(case / "config")
    for name, rows in tables.items():
        columns = dict.fromkeys(column for row in rows for column in row)
        whole = [{column: row.get(column, "") for column in columns} for row in rows]
        write_csv(folder / "config" / f"lead_scoring__{name}.csv", whole)
