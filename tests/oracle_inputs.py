"""The contract's inputs: reading a case, accepting or rejecting rows, deriving attributes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from oracle_text import instant, spaced_words, trimmed

Row = dict[str, "str | None"]

SEEDS = (
    "models",
    "groups",
    "criteria",
    "decay_policies",
    "bands",
    "stages",
    "exclusions",
    "actions",
)
LEAD_COLUMNS = (
    "lead_id",
    "created_at",
    "updated_at",
    "full_name",
    "first_name",
    "last_name",
    "email",
    "job_title",
    "company_name",
    "company_domain",
    "industry",
    "country",
    "region",
    "lead_source",
    "account_id",
    "company_size",
    "annual_revenue",
    "is_customer",
    "is_employee",
    "is_competitor",
    "is_unsubscribed",
)
REASONS = {
    "leads": ("missing_lead_id", "duplicate_lead_id"),
    "events": (
        "missing_event_id",
        "missing_lead_id",
        "missing_event_type",
        "invalid_occurred_at",
        "unknown_lead",
        "duplicate_event_id",
    ),
    "outcomes": (
        "missing_lead_id",
        "invalid_outcome",
        "invalid_occurred_at",
        "unknown_lead",
        "duplicate_outcome",
    ),
    "lead_history": (
        "missing_lead_id",
        "invalid_valid_from",
        "invalid_valid_to",
        "unknown_lead",
        "duplicate_version",
    ),
}

csv.field_size_limit(2**30)


@dataclass(frozen=True)
class CaseFiles:
    """The files of a case; `config` is the folder of the scoring seeds."""

    leads: Path
    config: Path
    events: Path | None = None
    outcomes: Path | None = None
    lead_history: Path | None = None

    @classmethod
    def in_folder(cls, folder: Path) -> CaseFiles:
        """Return the files of a folder with leads.csv, config/ and perhaps the others."""
        optional = {
            name: path if (path := folder / f"{name}.csv").exists() else None
            for name in ("events", "outcomes", "lead_history")
        }
        return cls(folder / "leads.csv", folder / "config", **optional)


@dataclass
class Lead:
    """An accepted lead: its cells as they came in and its derived attributes."""

    lead_id: str
    created_at: datetime | None
    cells: Row
    derived: Row = field(default_factory=dict)

    def attribute(self, name: str) -> str | None:
        """Return an attribute; an input column takes the place of a derived one."""
        return self.cells[name] if name in self.cells else self.derived.get(name)


@dataclass
class Version:
    """An accepted row of the history of leads."""

    lead_id: str
    valid_from: datetime
    valid_to: datetime | None
    cells: Row


@dataclass
class Event:
    """An accepted event."""

    lead_id: str
    event_type: str
    event_date: date
    cells: Row


@dataclass
class Outcome:
    """An accepted outcome, `won` or `lost`."""

    lead_id: str
    outcome: str
    outcome_date: date


@dataclass
class Reading:
    """What became of the rows of a case."""

    leads: list[Lead]
    events: list[Event]
    outcomes: list[Outcome]
    lead_history: list[Version]
    rejected: list[dict[str, str]]
    rows_read: dict[str, int]
    invalid_created_at: int


def read_rows(path: Path | None) -> list[Row]:
    """Return the rows of a CSV file, empty where there is no file; blank cells are None."""
    if path is None or not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {name.strip(): cell if trimmed(cell) else None for name, cell in row.items()}
            for row in csv.DictReader(file)
        ]


def read_configuration(folder: Path) -> dict[str, list[Row]]:
    """Return the rows of each scoring seed by its name without the prefix."""
    return {name: read_rows(folder / f"lead_scoring__{name}.csv") for name in SEEDS}


def read_inputs(files: CaseFiles) -> Reading:
    """Read the relations and sort their rows into accepted and rejected."""
    rows = {
        "leads": read_rows(files.leads),
        "events": read_rows(files.events),
        "outcomes": read_rows(files.outcomes),
        "lead_history": read_rows(files.lead_history),
    }
    rejected: list[dict[str, str]] = []

    def reject(relation: str, reason: str, row: Row) -> None:
        record = _key(row, "event_id" if relation == "events" else "lead_id")
        rejected.append(
            {
                "relation": relation,
                "reason": reason,
                "record_id": record,
                "lead_id": _key(row, "lead_id"),
            }
        )

    lead_rows = _accepted(rows["leads"], "leads", _lead_fault, _lead_identity, _lead_rank, reject)
    leads = [Lead(_key(row, "lead_id"), instant(row.get("created_at")), row) for row in lead_rows]
    known = {lead.lead_id for lead in leads}
    events = _accepted(
        rows["events"],
        "events",
        lambda row: _event_fault(row, known),
        lambda row: (_key(row, "event_id"), _moment(row).date()),
        _event_rank,
        reject,
    )
    outcomes = _accepted(
        rows["outcomes"],
        "outcomes",
        lambda row: _outcome_fault(row, known),
        lambda row: (_key(row, "lead_id"), _key(row, "outcome").lower(), _moment(row)),
        lambda row: _texts(row, row),
        reject,
    )
    versions = _accepted(
        rows["lead_history"],
        "lead_history",
        lambda row: _version_fault(row, known),
        lambda row: (_key(row, "lead_id"), instant(row.get("valid_from"))),
        _version_rank,
        reject,
    )
    return Reading(
        leads=leads,
        events=[
            Event(_key(row, "lead_id"), _key(row, "event_type").lower(), _moment(row).date(), row)
            for row in events
        ],
        outcomes=[
            Outcome(_key(row, "lead_id"), _key(row, "outcome").lower(), _moment(row).date())
            for row in outcomes
        ],
        lead_history=[
            Version(
                _key(row, "lead_id"),
                _moment(row, "valid_from"),
                instant(row.get("valid_to")),
                row,
            )
            for row in versions
        ],
        rejected=rejected,
        rows_read={relation: len(those) for relation, those in rows.items()},
        invalid_created_at=sum(
            lead.created_at is None and lead.cells.get("created_at") is not None for lead in leads
        ),
    )


def as_it_was(lead: Lead, versions: Iterable[Version], as_of: date) -> Lead:
    """Return a lead with the attributes that it had at the end of a date, as far as is known.

    Args:
        lead: An accepted lead.
        versions: Its own, in any order.
        as_of: The scoring date.
    """
    begun = [version for version in versions if version.valid_from.date() <= as_of]
    latest = max(begun, key=lambda version: version.valid_from, default=None)
    if latest is None or (latest.valid_to is not None and latest.valid_to.date() <= as_of):
        return lead
    keys = ("lead_id", "created_at", "valid_from", "valid_to")
    known = {*LEAD_COLUMNS, *lead.cells}
    own = {name: cell for name, cell in latest.cells.items() if name in known}
    changed = {name: cell for name, cell in own.items() if name not in keys}
    return Lead(lead.lead_id, lead.created_at, lead.cells | changed)


def derive(lead: Lead, as_of: date, reference: Path) -> Row:
    """Return the derived attributes of a lead on a date.

    Args:
        lead: An accepted lead.
        as_of: The scoring date.
        reference: The folder of the reference seeds.
    """
    email = trimmed(lead.cells.get("email")) or ""
    domain = email.lower().rpartition("@")[2] if "@" in email else ""
    age = None if lead.created_at is None else (as_of - lead.created_at.date()).days
    return {
        "email_domain": domain or None,
        "is_free_email": _listed(domain, reference / "lead_scoring__free_email_domains.csv"),
        "is_disposable_email": _listed(
            domain, reference / "lead_scoring__disposable_email_domains.csv"
        ),
        "seniority": _title_word(lead.cells.get("job_title"), "seniority", reference),
        "job_function": _title_word(lead.cells.get("job_title"), "job_function", reference),
        "country_code": _countries(reference).get(spaced_words(lead.cells.get("country") or "")),
        "lead_age_days": None if age is None else str(age),
    }


def _key(row: Row, column: str) -> str:
    return trimmed(row.get(column)) or ""


def _moment(row: Row, column: str = "occurred_at") -> datetime:
    moment = instant(row.get(column))
    if moment is None:
        raise ValueError(f"an accepted row without {column}")
    return moment


def _texts(row: Row, columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(_key(row, column) for column in columns)


def _remaining(row: Row, used: tuple[str, ...]) -> tuple[str, ...]:
    return _texts(row, sorted(set(row) - set(used)))


def _latest_first(moment: datetime | None) -> tuple[bool, float, int]:
    """Return a key that sorts later moments first and None last."""
    if moment is None:
        return (True, 0, 0)
    since = moment - datetime(2000, 1, 1)
    return (False, -since.days, -(since.seconds * 10**6 + since.microseconds))


def _accepted(
    rows: list[Row],
    relation: str,
    fault: Callable[[Row], str | None],
    identity: Callable[[Row], object],
    rank: Callable[[Row], tuple[object, ...]],
    reject: Callable[[str, str, Row], None],
) -> list[Row]:
    """Reject rows with a fault, then all of each set of duplicates but the first by rank."""
    alike: dict[object, list[Row]] = {}
    for row in rows:
        reason = fault(row)
        if reason:
            reject(relation, reason, row)
        else:
            alike.setdefault(identity(row), []).append(row)
    kept = []
    for candidates in alike.values():
        first, *others = sorted(candidates, key=rank)
        kept.append(first)
        for row in others:
            reject(relation, REASONS[relation][-1], row)
    return kept


def _lead_fault(row: Row) -> str | None:
    return None if _key(row, "lead_id") else "missing_lead_id"


def _lead_identity(row: Row) -> object:
    return _key(row, "lead_id")


def _lead_rank(row: Row) -> tuple[object, ...]:
    return (
        _latest_first(instant(row.get("updated_at"))),
        _latest_first(instant(row.get("created_at"))),
        _texts(row, LEAD_COLUMNS),
        _remaining(row, LEAD_COLUMNS),
    )


def _event_rank(row: Row) -> tuple[object, ...]:
    used = ("event_id", "loaded_at", "occurred_at", "lead_id", "event_type")
    return (
        _latest_first(instant(row.get("loaded_at"))),
        _moment(row),
        _key(row, "lead_id"),
        _key(row, "event_type").lower(),
        _remaining(row, used),
    )


def _event_fault(row: Row, known: set[str]) -> str | None:
    for column in ("event_id", "lead_id", "event_type"):
        if not _key(row, column):
            return f"missing_{column}"
    return _shared_fault(row, known)


def _version_fault(row: Row, known: set[str]) -> str | None:
    if not _key(row, "lead_id"):
        return "missing_lead_id"
    if instant(row.get("valid_from")) is None:
        return "invalid_valid_from"
    ends = _key(row, "valid_to")
    if ends and instant(ends) is None and not ends.startswith("9999-"):
        return "invalid_valid_to"
    return None if _key(row, "lead_id") in known else "unknown_lead"


def _version_rank(row: Row) -> tuple[object, ...]:
    ends = instant(row.get("valid_to"))
    return (
        ends is not None,
        _latest_first(ends),
        json.dumps(row, ensure_ascii=False, separators=(",", ":")),
    )


def _outcome_fault(row: Row, known: set[str]) -> str | None:
    if not _key(row, "lead_id"):
        return "missing_lead_id"
    if _key(row, "outcome").lower() not in ("won", "lost"):
        return "invalid_outcome"
    return _shared_fault(row, known)


def _shared_fault(row: Row, known: set[str]) -> str | None:
    if instant(row.get("occurred_at")) is None:
        return "invalid_occurred_at"
    return None if _key(row, "lead_id") in known else "unknown_lead"


def _listed(domain: str, path: Path) -> str | None:
    if not domain:
        return None
    return "true" if domain in _domains(path) else "false"


@lru_cache
def _domains(path: Path) -> frozenset[str]:
    return frozenset(_key(row, "email_domain").lower() for row in read_rows(path))


@lru_cache
def _countries(reference: Path) -> Row:
    rows = read_rows(reference / "lead_scoring__country_names.csv")
    return {spaced_words(_key(row, "country_name")): row["country_code"] for row in rows}


@lru_cache
def _title_phrases(reference: Path) -> list[tuple[int, str, str, str]]:
    """Return (priority, spaced phrase, attribute, result) in the order in which they win."""
    return sorted(
        (
            int(_key(row, "priority")),
            spaced_words(_key(row, "phrase")),
            _key(row, "attribute"),
            _key(row, "result"),
        )
        for row in read_rows(reference / "lead_scoring__title_words.csv")
    )


def _title_word(title: str | None, attribute: str, reference: Path) -> str | None:
    spaced = spaced_words(title or "")
    for _, phrase, owner, result in _title_phrases(reference):
        if owner == attribute and phrase and phrase in spaced:
            return result
    return None
