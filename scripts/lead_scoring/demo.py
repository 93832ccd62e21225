"""The demo data: a year of leads, events and outcomes, the same bytes on every machine.

Each lead has two hidden traits, fit and interest. They shape who the lead is, what it does and,
with noise, whether it buys, so scores go with outcomes without being perfect. On top lies the
mess of real exports. All draws come from `Random.random`, the one sequence that Python promises
to keep between versions, and no draw depends on the mathematics library of the platform.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from lead_scoring import demo_words as words

DEMO_AS_OF = date(2026, 6, 30)

_SEED = 20260630
_LEADS = 2000
_START = datetime(2025, 7, 1)
_END = datetime(2026, 7, 6)
_SITE = "https://www.pipewright.example"

Row = dict[str, str]
_Item = TypeVar("_Item")


class _Dice:
    """Draws that need nothing but `Random.random`."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random()

    def whole(self, low: int, high: int) -> int:
        return low + int((high - low + 1) * self._random())

    def pick(self, items: Sequence[_Item]) -> _Item:
        return items[int(len(items) * self._random())]

    def bell(self) -> float:
        """Return a draw of mean 0 and deviation 1, in the shape of a bell."""
        return sum(self._random() for _ in range(12)) - 6

    def moment(self, low: datetime, high: datetime) -> datetime:
        seconds = int((high - low).total_seconds())
        return low + timedelta(seconds=self.whole(0, max(seconds, 0)))


@dataclass(frozen=True)
class _Person:
    """A lead with what no table shows: its traits and its deal, which may lie ahead."""

    row: Row
    fit: float
    interest: float
    created: datetime
    closed: datetime | None
    outcome: str


class _Act(NamedTuple):
    """One thing that a lead did, before it is written down."""

    at: datetime
    lead_id: str
    kind: str
    page: str = ""
    value: str = ""


def write_demo(folder: Path) -> None:
    """Write leads.csv, events.csv and outcomes.csv into a folder, which is made where missing.

    About 2,000 leads, 60,000 events over the year up to `DEMO_AS_OF` and a few days after, and
    their outcomes; always the same bytes. Each file appears whole or not at all.

    Raises:
        OSError: the folder can't be made or written.
    """
    dice = _Dice(_SEED)
    people = [_person(dice, number) for number in range(1, _LEADS + 1)]
    acts = [act for person in people for act in _acts(dice, person)]
    acts.sort(key=lambda act: (act.at, act.lead_id, act.kind, act.page))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "leads.csv", _messy_leads(dice, people))
    _write(folder / "events.csv", _messy_events(dice, acts))
    _write(folder / "outcomes.csv", _messy_outcomes(dice, people))


def _person(dice: _Dice, number: int) -> _Person:
    fit = dice.bell()
    interest = 0.3 * fit + 0.95 * dice.bell()
    created = max(dice.moment(_START, _END - timedelta(days=2)) for _ in range(2))
    wish = fit + 1.2 * interest + 1.6 * dice.bell()
    outcome = "won" if wish > 2.5 else "lost" if wish > 0.9 and dice.chance(0.75) else ""
    closed = created + timedelta(days=dice.whole(30, 170), hours=dice.whole(7, 17))
    row = _profile(dice, number, fit, created)
    if outcome == "won" and closed < _END:
        row["is_customer"] = dice.pick(words.TRUE + words.FALSE)
    return _Person(row, fit, interest, created, closed if outcome else None, outcome)


def _profile(dice: _Dice, number: int, fit: float, created: datetime) -> Row:
    area = _by_rank(dice, 0.6 * fit, ("other", "served", "core"), (-0.7, 0.2))
    language, country = dice.pick(words.COUNTRIES[area].split("|")).split(":")
    given, family = (dice.pick(names.split("|")) for names in words.NAMES[language])
    level = _by_rank(dice, 0.7 * fit, range(9), (-1.75, -1.1, -0.35, 0.2, 0.75, 1.3, 1.65, 2.1))
    works = (words.OTHER_WORK, words.NEAR_WORK, words.CORE_WORK)
    work = _by_rank(dice, 0.7 * fit, works, (-0.2, 0.45))
    title = dice.pick(words.TITLES[level]).format(dice.pick(work))
    if work is words.CORE_WORK and dice.chance(0.7):
        title = words.LOCAL_TITLES.get((language, level), title)
    trades = (words.OTHER_TRADE, words.NEAR_TRADE, words.CORE_TRADE)
    size = int(_by_rank(dice, 0.7 * fit, (1, 5, 10, 50, 250, 1000), (-1.2, -0.7, 0, 0.7, 1.5)))
    size = int(size * dice.between(1, 3.9))
    site = f"company{dice.whole(1, 900):03d}.example"
    named = dice.chance(0.45 + 0.1 * fit)
    budget = 500 * dice.whole(1, 40) + (500 * dice.whole(10, 120) if fit > 0 else 0)
    email = f"lead.{number:04d}@{site}"
    if 0.7 * fit + 0.7 * dice.bell() < -0.8:
        email = f"pipewright.demo.{number:04d}@{dice.pick(words.MAIL_HOSTS)}"
    elif dice.chance(0.012):
        email = f"pipewright.demo.{number:04d}@mailinator.com"
    elif dice.chance(0.006):
        email = f"lead.{number:04d}@rivalmetrics.example"
    company = f"{dice.pick(words.COMPANIES)} {dice.pick(words.FORMS)}"
    if dice.chance(0.02):
        company = f'"{company}",\nBranch office'
    return {
        "lead_id": f"L-{number:05d}",
        "created_at": _written(dice, created),
        "updated_at": _written(dice, created + timedelta(days=dice.whole(0, 40))),
        "full_name": dict(enumerate(words.ODD_NAMES, start=1)).get(number, f"{given} {family}"),
        "first_name": given,
        "last_name": family,
        "email": email.upper() if dice.chance(0.03) else email,
        "job_title": "" if dice.chance(0.05) else title,
        "company_name": company,
        "company_domain": site,
        "industry": dice.pick(_by_rank(dice, 0.7 * fit, trades, (-0.1, 0.45))),
        "country": country.upper() if dice.chance(0.05) else country,
        "region": "",
        "lead_source": "Partner" if dice.chance(0.06) else dice.pick(words.SOURCES),
        "account_id": f"A{dice.whole(1, 900):03d}",
        "company_size": "" if dice.chance(0.08) else "n/a" if dice.chance(0.01) else str(size),
        "annual_revenue": str(size * 1000 * dice.whole(60, 200)) if dice.chance(0.6) else "",
        "is_customer": dice.pick(words.TRUE if dice.chance(0.015) else words.FALSE),
        "is_employee": dice.pick(words.TRUE if dice.chance(0.008) else words.FALSE),
        "is_competitor": dice.pick(words.TRUE if dice.chance(0.012) else words.FALSE),
        "is_unsubscribed": dice.pick(words.TRUE if dice.chance(0.03) else words.FALSE),
        "budget": str(budget) if named else "",
    }


def _by_rank(dice: _Dice, trait: float, items: Sequence[_Item], limits: Sequence[float]) -> _Item:
    """Return a later item the higher the trait, blurred by noise, is among the limits."""
    blurred = trait + 0.7 * dice.bell()
    return items[sum(blurred > limit for limit in limits)]


def _acts(dice: _Dice, person: _Person) -> Iterable[_Act]:
    lead_id = person.row["lead_id"]
    drive = max(0.15, 1 + 0.6 * person.interest + 0.15 * person.interest**2)
    awake = timedelta(days=10 + 75 * drive * dice.between(0.2, 1.6))
    stop = min(person.created + awake, _END)
    for _ in range(int(6.2 * drive * dice.between(0.3, 1.7))):
        yield from _visit(dice, person, dice.moment(person.created, stop), 0.10 + 0.04 * drive)
    if dice.chance(0.12 + 0.05 * drive):
        again = dice.moment(person.created, _END)
        for _ in range(int(3 * drive)):
            yield from _visit(dice, person, again + timedelta(hours=dice.whole(1, 400)), 0.2)
    yield from _mailings(dice, person, drive)
    if person.closed and dice.chance(0.75):
        yield from _courtship(dice, person, person.closed)
    elif person.interest > 0 and dice.chance(0.25):
        yield _Act(dice.moment(person.created, stop), lead_id, "demo_request")


def _visit(dice: _Dice, person: _Person, start: datetime, pricing: float) -> Iterable[_Act]:
    lead_id, at = person.row["lead_id"], start
    for _ in range(dice.whole(1, 5)):
        at += timedelta(seconds=dice.whole(5, 400))
        page = dice.pick(words.PRICING) if dice.chance(pricing) else dice.pick(words.PAGES)
        if person.fit < -0.8 and dice.chance(0.12):
            page = "/careers/data-engineer"
        yield _Act(at, lead_id, "page_view", _SITE + page)
    if dice.chance(0.10):
        yield _Act(at, lead_id, "content_download", _SITE + "/guides/lead-scoring")
    if dice.chance(0.09):
        yield _Act(at, lead_id, "video_watched", value=str(dice.whole(2, 240) / 10))
    if dice.chance(0.05):
        yield _Act(at, lead_id, "webinar_attended", value=str(dice.whole(5, 60)))


def _mailings(dice: _Dice, person: _Person, drive: float) -> Iterable[_Act]:
    lead_id, at = person.row["lead_id"], person.created + timedelta(days=dice.whole(1, 12))
    while at < _END:
        if dice.chance(0.012):
            yield _Act(at, lead_id, "email_bounce")
        elif dice.chance(min(0.16 * drive, 0.6)):
            opened = at + timedelta(minutes=dice.whole(5, 3000))
            yield _Act(opened, lead_id, "email_open")
            if dice.chance(0.25):
                yield _Act(opened + timedelta(seconds=40), lead_id, "email_click", _SITE + "/blog")
            if dice.chance(0.025):
                yield _Act(opened + timedelta(seconds=70), lead_id, "unsubscribe")
                return
        at += timedelta(days=dice.whole(8, 20))


def _courtship(dice: _Dice, person: _Person, closed: datetime) -> Iterable[_Act]:
    """Yield what leads to a deal, whichever way it ends, and the use of the product after it."""
    lead_id, keen = person.row["lead_id"], 1.0 if person.outcome == "won" else 0.85
    begin = max(person.created, closed - timedelta(days=45))
    for _ in range(int(9 * keen * dice.between(0.5, 1.5))):
        yield from _visit(dice, person, dice.moment(begin, closed), 0.35)
    if dice.chance(0.75 * keen):
        yield _Act(dice.moment(begin, closed), lead_id, "demo_request", _SITE + "/demo")
    if dice.chance(0.6 * keen):
        trial = dice.moment(begin, closed)
        yield _Act(trial, lead_id, "trial_start", _SITE + "/signup")
        until = closed + timedelta(days=60 if person.outcome == "won" else 0)
        for _ in range(int(14 * keen * dice.between(0.2, 1.5))):
            yield _Act(dice.moment(trial, until), lead_id, "product_usage", value="1")


def _messy_leads(dice: _Dice, people: list[_Person]) -> Iterable[Row]:
    for person in people:
        row = dict(person.row)
        if dice.chance(0.004):
            row["created_at"] = dice.pick(words.BAD_TIMES)
        yield row
        if dice.chance(0.01):
            yield row
        if dice.chance(0.012):
            yield row | {"job_title": "", "updated_at": "2025-06-30", "country": "unknown"}
        if dice.chance(0.003):
            yield row | {"lead_id": dice.pick(("", "  ", "\u00a0"))}


def _messy_events(dice: _Dice, acts: list[_Act]) -> Iterable[Row]:
    redelivered: list[Row] = []
    for number, act in enumerate((act for act in acts if act.at < _END), start=1):
        loaded = act.at + timedelta(minutes=dice.whole(1, 900))
        row = {
            "event_id": f"E{number:06d}",
            "lead_id": act.lead_id,
            "event_type": act.kind,
            "occurred_at": _written(dice, act.at),
            "loaded_at": loaded.isoformat(" "),
            "channel": "email" if act.kind.startswith("email") else dice.pick(("web", "Web", "")),
            "campaign": dice.pick(("spring launch", 'the "big", one', "")),
            "content": "",
            "page_url": act.page,
            "value": act.value,
        }
        fate = dice.between(0, 1)
        if fate < 0.04:
            row["event_type"] = dice.pick((act.kind.upper(), f" {act.kind.title()} "))
        elif fate < 0.044:
            row |= dice.pick(words.EVENT_FAULTS)
        elif fate < 0.046:
            row["occurred_at"] = dice.pick(words.BAD_TIMES)
        elif fate < 0.047:
            row["content"] = 'Line one,\nline "two"'
        yield row
        if fate > 0.99:
            later = loaded + timedelta(days=dice.whole(1, 3))
            redelivered.append(row | {"loaded_at": later.isoformat(" ")})
    yield from redelivered


def _messy_outcomes(dice: _Dice, people: list[_Person]) -> Iterable[Row]:
    for person in people:
        if not person.closed or person.closed >= _END:
            continue
        row = {
            "lead_id": person.row["lead_id"],
            "outcome": dice.pick(
                (person.outcome, person.outcome.upper(), f"{person.outcome.title()} ")
            ),
            "occurred_at": _written(dice, person.closed),
            "revenue": str(500 * dice.whole(10, 160)) if person.outcome == "won" else "",
        }
        yield row
        if dice.chance(0.02):
            yield row
    yield from (row | fault for fault in words.OUTCOME_FAULTS)


def _written(dice: _Dice, at: datetime) -> str:
    """Return a UTC moment in one of the spellings that exports use."""
    if dice.chance(0.85):
        return at.isoformat(" ")
    hours, offset = dice.pick(((0, "Z"), (2, "+02:00"), (-5, "-0500"), (9, "+09")))
    return (at + timedelta(hours=hours)).isoformat("T", "milliseconds") + offset


def _write(path: Path, rows: Iterable[Row]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    whole = list(rows)
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(whole[0])
            writer.writerows(row.values() for row in whole)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
