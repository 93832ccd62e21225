"""Random cases over the whole contract: inputs with a mess in them, and valid configurations."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from oracle_inputs import SEEDS

AS_OF = date(2026, 6, 30)
DEFAULT_LEADS = 40
DEFAULT_EVENTS = 500

Table = list[dict[str, str]]

MODEL_IDS = ("core", "rival", "Third, 3")
EVENT_TYPES = (
    "page_view",
    "email_open",
    "email_click",
    "form_submit",
    "webinar attended",
    "purchase",
    "demo_request",
    "unsubscribe",
)
JOB_TITLES = (
    "VP Sales",
    "vp, Marketing ",
    "Head-of Growth & O'Brien",
    "Director of IT",
    "CEO",
    "Chief Technology Officer",
    "Geschäftsführer",
    "GESCHÄFTSFÜHRERIN Vertrieb",
    "student|trainee",
    "Intern",
    "vpn admin; head  of  it",
    "Développeuse\nback-end",
    "部长",
    "Engineering Manager 2",
    'the "boss" 100%',
    "\u200b Owner\u00a0",
    "=cmd()",
    "x_y",
)
COUNTRIES = (
    "US",
    "u.s.a.",
    "Germany",
    "DEUTSCHLAND",
    "de",
    "Brazil",
    " France ",
    "JP",
    "Atlantis",
    "Côte d'Ivoire",
    "United  Kingdom",
)
DOMAINS = (
    "acme.test",
    "GMAIL.com",
    "gmail.com",
    "yahoo.com",
    "mailinator.com",
    "ex.org",
    "rival.com",
)
SIZES = ("1", "4", "5", "49", "50", "500", "501", "999.5", "1000", "1e3", "+250", "-1", "25000")
REVENUES = ("0", "250000", "2.5e5", "1000000", "1000001.5", "99999999.9999", ".5")
NOT_NUMBERS = ("1,5", "1_000", "0x1F", "NaN", "inf", "n/a", "1.2.3", "e5", "٣", "12 000", "-")
VALUES = ("25", "99.99", "100", "1e2", "480", "0", "-40", "12.3456", "0.00004", "1e17", "2e18")
FLAGS = ("true", "TRUE", "Yes", "y", "1", "t", "false", "F", "no", "N", "0", "maybe")
URLS = (
    "/pricing",
    "/Pricing/enterprise?x=1",
    "/docs/start",
    "/blog/what's-new",
    "/careers",
    "https://x.test/a|b",
)
CHANNELS = ("email", "Social", "web", " paid ", "WEB")
CAMPAIGNS = ("spring 2026", "SPRING-2026", "fall", "q3 / vp sales", "")
CONTENTS = ("white paper", "Case Study", "ebook: head of growth", "42", "")
INVALID_TIMES = (
    "soon",
    "1750000000",
    "06/01/2026",
    "infinity",
    "2026-06-31",
    "0001-01-01",
    "2201-01-01",
    "1899-12-31",
    "2026-06-01T24:00",
    "2026-06-01 10:00:60",
    "2026-06-01 10",
    "2026-06-01 10:00:00.",
    "2026-06-01 10:00.5",
    "2026-06-01T10:00:00+24:00",
    "2026-06-01T10:00:00+02:60",
    "2026-06-01 10:00 Europe/Berlin",
    "2026-W23-1",
    "2026-6-1",
    "20260601",
    "9999-12-31",
)
SPECIAL_IDS = (
    "007",
    "7",
    "07",
    "Ä",
    "ä",
    "a",
    "A",
    "1e3",
    "1000",
    "null",
    "NaN",
    "🦊",
    "\ufb01x",
    'o\'brien, "Q"',
    "a,b",
    "a; drop table x --",
    "{{ x }}",
    "-1",
)
LEAD_EXTRAS = ("plan_tier", "nps", "opt_in")
EVENT_EXTRAS = ("device", "depth")
PORTABLE_PATTERNS = (
    "(^|[^a-z])(ceo|cto|chief|gesch)",
    "^vp",
    "s$",
    "o.b",
    "[0-9]+",
    "a{1,2}",
    r"\?x=[0-9]",
    "^[a-m]",
    "(in|it)",
    "e+l?",
)
NUMBER_OPERATORS = ("gt", "gte", "lt", "lte", "between")
UNARY_OPERATORS = ("is_true", "is_false", "is_blank", "is_present")
TEXT_OPERATORS = (
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "has_word",
    "matches",
)
OPERATORS = TEXT_OPERATORS + NUMBER_OPERATORS + UNARY_OPERATORS
# The contract leaves open how many decimals the text of a sum has, 0 or 0.0000: no operator and
# no operand here can tell.
MONETARY_OPERATORS = tuple(
    operator for operator in OPERATORS if operator not in ("is_true", "is_false", "ends_with")
)
TEXT_OPERANDS: dict[str, tuple[str, ...]] = {
    "job_title": ("VP", "vp sales", "Head of", "geschäftsführer", "intern", "it", "部长", "owner"),
    "country": ("us", "DE", "usa", "germany", " France", "Brazil", "u.s.a."),
    "email": ("@gmail.com", "p1", "test"),
    "company_domain": ("rival.com", "acme.test", "ex.org"),
    "industry": ("software", "Finance, Insurance", "retail", "manufacturing"),
    "lead_source": ("partner", "organic", "EVENT", "a|b"),
    "company_size": ("1000", "50", "4", "1e3", "5"),
    "annual_revenue": ("250000", "2.5e5", "0", "1000000"),
    "is_customer": ("yes", "no", "true"),
    "is_unsubscribed": ("yes", "0", "f"),
    "plan_tier": ("pro", "free", "Enterprise"),
    "nps": ("9", "10", "9.0"),
    "opt_in": ("y", "no", "maybe"),
    "email_domain": ("gmail.com", "acme.test", "rival.com"),
    "is_free_email": ("true", "false"),
    "is_disposable_email": ("true", "false"),
    "seniority": ("vp", "c_level", "director", "student", "manager"),
    "job_function": ("sales", "marketing", "it"),
    "country_code": ("US", "de", "fr", "BR"),
    "lead_age_days": ("0", "100", "30"),
    "channel": ("email", "social", "Web", "paid"),
    "campaign": ("spring", "spring 2026", "vp sales", "fall"),
    "content": ("case study", "white paper", "42", "ebook", "head of"),
    "page_url": ("/PRICING", "/docs", "pricing", "a|b", "careers"),
    "value": ("100", "25", "480", "99.99"),
    "device": ("mobile", "Desktop", "tablet"),
    "depth": ("3", "10", "50"),
    "frequency": ("0", "1", "2", "3", "5"),
    "recency": ("1", "3", "7", "14"),
    "monetary": ("480", "100", "25", "580"),
}
NUMBER_OPERANDS: dict[str, tuple[str, ...]] = {
    "company_size": ("5", "50", "500", "1e3", "999.5"),
    "annual_revenue": ("0", "1e6", "250000", "+.5"),
    "nps": ("0", "8.5", "9"),
    "lead_age_days": ("0", "30", "180", "400"),
    "value": ("0", "25", "99.99", "100", "1e2"),
    "depth": ("1", "10", "50.5"),
    "frequency": ("0", "1", "2", "3", "5"),
    "recency": ("0", "7", "30", "60", "90"),
    "monetary": ("0", "100", "300.3", "1000", "-40"),
}
LEAD_ATTRIBUTES = (
    "job_title",
    "country",
    "email",
    "company_domain",
    "industry",
    "lead_source",
    "company_size",
    "annual_revenue",
    "is_customer",
    "is_unsubscribed",
    *LEAD_EXTRAS,
)
DERIVED_ATTRIBUTES = (
    "email_domain",
    "is_free_email",
    "is_disposable_email",
    "seniority",
    "job_function",
    "country_code",
    "lead_age_days",
)
EVENT_PROPERTIES = ("channel", "campaign", "content", "page_url", "value", *EVENT_EXTRAS)
POINTS = ("20", "30", "10", "7.5", "5", "2.25", "1.1", "0.3333", "0", "-5", "-15.5", "4.4444")
WEIGHTS = ("", "", "1", "0.5", "2", "1.5", "0.3333", "0.0001")
EXTREME_POINTS = ("9999999.9999", "-9999999.9999")
EXTREME_WEIGHT = "9999.9999"
POLICIES = (
    {"decay_policy": "keep", "method": "none"},
    {"decay_policy": "half", "method": "exponential", "half_life_days": "7"},
    {"decay_policy": "half long", "method": "exponential", "half_life_days": "30.5"},
    {"decay_policy": "fade", "method": "linear", "lifetime_days": "90"},
    {"decay_policy": "fade320", "method": "linear", "lifetime_days": "320"},
    {"decay_policy": "steps", "method": "step", "step_days": "30", "step_fraction": "0.25"},
    {"decay_policy": "Stairs", "method": "step", "step_days": "7", "step_fraction": "0.3333"},
)
SEED_COLUMNS: dict[str, tuple[str, ...]] = {
    "models": (
        "model_id",
        "description",
        "is_champion",
        "fit_weight",
        "engagement_weight",
        "fit_max_points",
        "engagement_max_points",
        "min_score",
        "max_score",
    ),
    "groups": (
        "model_id",
        "group_id",
        "dimension",
        "combine",
        "min_points",
        "max_points",
        "description",
    ),
    "criteria": (
        "model_id",
        "criterion_id",
        "group_id",
        "signal",
        "subject",
        "operator",
        "value",
        "filter_property",
        "filter_operator",
        "filter_value",
        "points",
        "weight",
        "window_days",
        "max_occurrences",
        "max_per_day",
        "decay_policy",
        "description",
    ),
    "decay_policies": (
        "decay_policy",
        "method",
        "half_life_days",
        "lifetime_days",
        "step_days",
        "step_fraction",
        "description",
    ),
    "bands": ("model_id", "dimension", "band", "min_points"),
    "stages": (
        "model_id",
        "stage",
        "stage_order",
        "min_score",
        "min_fit",
        "min_engagement",
        "required_criterion",
        "description",
    ),
    "exclusions": ("model_id", "exclusion_id", "attribute", "operator", "value", "reason"),
    "actions": (
        "model_id",
        "stage",
        "fit_band",
        "engagement_band",
        "action",
        "owner_team",
        "sla_hours",
        "nurture_track",
    ),
}
OPTIONAL_SEEDS = ("decay_policies", "exclusions", "actions")


def write_case(
    folder: Path,
    seed: int,
    leads: int = DEFAULT_LEADS,
    events: int = DEFAULT_EVENTS,
    versions: int = 0,
) -> None:
    """Write leads.csv, events.csv, outcomes.csv and config/ of a random case.

    The same seed and sizes give the same bytes. A case is made to be scored as of `AS_OF`. Now
    and then the events or the outcomes, a seed that may be absent or a column that may be
    missing are left out, and the files vary in byte-order mark, line ends and column order.

    Args:
        folder: Where to write; made if it does not exist.
        seed: What the case is drawn from.
        leads: The number of rows of leads.csv, at least 20 are written.
        events: The number of rows of events.csv before duplicates.
        versions: The number of rows of lead_history.csv before duplicates; none for no such file.
    """
    draw = Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    lead_ids = _lead_ids(draw, max(leads, 20))
    lead_rows = _lead_rows(draw, lead_ids)
    relations = {"leads": lead_rows}
    if draw.random() < 0.95:
        relations["events"] = _event_rows(draw, lead_ids, events)
    if draw.random() < 0.85:
        relations["outcomes"] = _outcome_rows(draw, lead_ids)
    for name, rows in relations.items():
        columns = list(rows[0])
        _write(draw, folder / f"{name}.csv", rows, columns)
    if versions:
        # From a source of its own, so that the rest of the case is the same with and without.
        of_history = Random(f"history {seed}")
        rows = _history_rows(of_history, lead_ids, versions)
        _write(of_history, folder / "lead_history.csv", rows, list(rows[0]))
    configuration = _configuration(draw)
    (folder / "config").mkdir(exist_ok=True)
    for name in SEEDS:
        rows = configuration[name]
        if not rows and name in OPTIONAL_SEEDS:
            continue
        columns = _columns_with_content(draw, SEED_COLUMNS[name], rows)
        _write(draw, folder / "config" / f"lead_scoring__{name}.csv", rows, columns)


def _write(draw: Random, path: Path, rows: Table, columns: list[str]) -> None:
    if draw.random() < 0.3:
        draw.shuffle(columns)
    encoding = "utf-8-sig" if draw.random() < 0.2 else "utf-8"
    line_end = draw.choice(("\n", "\n", "\r\n"))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(
            file, columns, restval="", extrasaction="ignore", lineterminator=line_end
        )
        writer.writeheader()
        writer.writerows(rows)


def _columns_with_content(draw: Random, columns: Sequence[str], rows: Table) -> list[str]:
    """Return the columns, at times without those that are blank in every row."""
    if draw.random() < 0.7:
        return list(columns)
    return [name for name in columns if any(row.get(name) for row in rows)]


def _maybe(draw: Random, choices: Sequence[str], blank: float) -> str:
    return "" if draw.random() < blank else draw.choice(choices)


# --- inputs ------------------------------------------------------------------------------------


def _lead_ids(draw: Random, count: int) -> list[str]:
    special = draw.sample(SPECIAL_IDS, min(len(SPECIAL_IDS), count // 3))
    ids = [*special, *(f"L{number:05d}" for number in range(count - len(special)))]
    draw.shuffle(ids)
    return ids


def _stamp(draw: Random, moment: datetime) -> str:
    """Return a UTC moment in one of the contract's forms, mostly with another offset."""
    form = draw.randrange(8)
    if form == 0:
        return f"{moment:%Y-%m-%d}"
    if form == 1:
        return f"{moment:%Y-%m-%d %H:%M}"
    if form == 2:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{draw.choice(('5', '123', '999999999'))}Z"
    minutes = draw.choice((0, 60, 120, 330, 840, -60, -300, -570, -720))
    local = moment + timedelta(minutes=minutes)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    text = f"{local:%Y-%m-%d %H:%M:%S}" if form < 6 else f"{local:%Y-%m-%dT%H:%M:%S}"
    if rest == 0 and draw.random() < 0.4:
        return f"{text}{sign}{hours:02d}"
    return f"{text}{sign}{hours:02d}{draw.choice((':', ''))}{rest:02d}"


def _moment(draw: Random, earliest: int, latest: int) -> datetime:
    """Return a moment on a day so many days before the scoring date, often near midnight."""
    day = AS_OF - timedelta(days=draw.randint(latest, earliest))
    near_midnight = (time(0, 0), time(0, 30), time(23, 30), time(23, 59, 59))
    of_day = (
        draw.choice(near_midnight)
        if draw.random() < 0.3
        else time(draw.randrange(24), draw.randrange(60), draw.randrange(60))
    )
    return datetime.combine(day, of_day)


def _optional_stamp(draw: Random, earliest: int) -> str:
    if draw.random() < 0.05:
        return draw.choice(INVALID_TIMES)
    return _stamp(draw, _moment(draw, earliest, -1)) if draw.random() < 0.5 else ""


def _lead_rows(draw: Random, lead_ids: list[str]) -> Table:
    rows = [_lead_row(draw, lead_id, number) for number, lead_id in enumerate(lead_ids)]
    for row, twin in zip(rows[:4], rows[4:8], strict=True):
        row |= {name: twin[name] for name in row if name != "lead_id"}
    for number in range(len(rows) // 8):
        rows.append(_repeated_lead(draw, draw.choice(rows), number))
    for _ in range(draw.randint(0, 2)):
        rows.append(_lead_row(draw, draw.choice(("", "  ", "\u200b")), 0))
    override = draw.choice((None, None, None, "seniority", "country_code", "is_free_email"))
    if override:
        for row in rows:
            row[override] = _maybe(draw, TEXT_OPERANDS[override], 0.3)
    if draw.random() < 0.3:
        for name in draw.sample(("email", "industry", "country", *LEAD_EXTRAS), 2):
            for row in rows:
                del row[name]
    draw.shuffle(rows)
    return rows


def _lead_row(draw: Random, lead_id: str, number: int) -> dict[str, str]:
    chance = draw.random()
    if chance < 0.1:
        created_at = draw.choice((*INVALID_TIMES, "", " "))
    elif chance < 0.2:
        created_at = _stamp(draw, _moment(draw, 1, -2))
    else:
        created_at = _stamp(draw, _moment(draw, 500, 10))
    padding = draw.choice(("", "", "", " ", "\u00a0", "\t"))
    return {
        "lead_id": f"{padding}{lead_id}{padding}",
        "created_at": created_at,
        "updated_at": _optional_stamp(draw, 400),
        "full_name": f"Person {number}",
        "email": _email(draw, number),
        "job_title": _maybe(draw, JOB_TITLES, 0.12),
        "company_domain": _maybe(draw, ("acme.test", "rival.com", "Ex.org", "ok.io"), 0.2),
        "industry": _maybe(
            draw, ("software", "finance, insurance", "RETAIL", "manufacturing"), 0.15
        ),
        "country": _maybe(draw, COUNTRIES, 0.15),
        "lead_source": _maybe(draw, ("partner", "organic", "event", "a|b", "\u200b"), 0.2),
        "company_size": _maybe(draw, SIZES if draw.random() < 0.85 else NOT_NUMBERS, 0.1),
        "annual_revenue": _maybe(draw, REVENUES if draw.random() < 0.85 else NOT_NUMBERS, 0.2),
        "is_customer": _maybe(draw, FLAGS, 0.3),
        "is_unsubscribed": _maybe(draw, FLAGS, 0.6),
        "plan_tier": _maybe(draw, ("free", "Pro", "enterprise", "enterprise, plus"), 0.3),
        "nps": _maybe(draw, ("0", "8", "9", "9.0", "10", "ten"), 0.3),
        "opt_in": _maybe(draw, FLAGS, 0.3),
    }


def _email(draw: Random, number: int) -> str:
    if draw.random() < 0.12:
        return draw.choice(("", "nobody", "open@", " ", "a@b@gmail.com"))
    return f"{draw.choice(('p', 'P.'))}{number}@{draw.choice(DOMAINS)}{draw.choice(('', ' '))}"


def _repeated_lead(draw: Random, original: dict[str, str], number: int) -> dict[str, str]:
    """Return another row of the same lead, settled by a later date or by its text alone."""
    again = dict(original)
    manner = draw.randrange(3)
    if manner == 0:
        again["updated_at"] = _stamp(draw, _moment(draw, 300, 0))
    elif manner == 1:
        again["created_at"] = _stamp(draw, _moment(draw, 500, 10))
    again["full_name"] = f"Again {number}"
    again["job_title"] = draw.choice(JOB_TITLES)
    return again


def _history_rows(draw: Random, lead_ids: list[str], count: int) -> Table:
    """Return versions of leads, most of them of few leads; some columns of leads are missing."""
    busy = draw.sample(lead_ids, max(1, len(lead_ids) // 3))
    rows = [
        _version_row(draw, draw.choice(busy if draw.random() < 0.7 else lead_ids), number)
        for number in range(count)
    ]
    for number in range(max(1, count // 10)):
        again = draw.choice(rows) | {"full_name": f"Again {number}"}
        if draw.random() < 0.5:
            again["valid_to"] = _stamp(draw, _moment(draw, 100, -2))
        again["job_title"] = draw.choice(JOB_TITLES)
        rows.append(again)
    spoilt = (
        ("lead_id", (" ", "nobody")),
        ("valid_from", (*INVALID_TIMES, "")),
        ("valid_to", [text for text in INVALID_TIMES if not text.startswith("9999")]),
    )
    for place, row in enumerate(draw.sample(rows, max(8, count // 12))):
        column, texts = spoilt[place % len(spoilt)]
        row[column] = draw.choice(texts)
    for name in draw.sample(("email", "industry", "job_title", "company_size", *LEAD_EXTRAS), 2):
        for row in rows:
            del row[name]
    draw.shuffle(rows)
    return rows


def _version_row(draw: Random, lead_id: str, number: int) -> dict[str, str]:
    row = _lead_row(draw, lead_id, number)
    chance = draw.random()
    if chance < 0.5:
        valid_to = ""
    elif chance < 0.6:
        valid_to = "9999-12-31 00:00:00"
    else:
        valid_to = _stamp(draw, _moment(draw, 300, -5))
    return row | {
        "valid_from": _stamp(draw, _moment(draw, draw.choice((3, 60, 400)), -2)),
        "valid_to": valid_to,
        "seniority": draw.choice(("vp", "")),
    }


def _event_rows(draw: Random, lead_ids: list[str], count: int) -> Table:
    busy = [draw.choice(lead_ids) for _ in range(max(1, len(lead_ids) // 4))]
    rows = []
    for number in range(count):
        lead_id = draw.choice(busy if draw.random() < 0.5 else lead_ids)
        rows.append(_event_row(draw, f"E{number:06d}", lead_id))
    for _ in range(count // 12):
        rows.append(_repeated_event(draw, draw.choice(rows), lead_ids))
    for row in draw.sample(rows, count // 15):
        _spoil_event(draw, row)
    if draw.random() < 0.3:
        for name in draw.sample(("loaded_at", "campaign", "content", "value", *EVENT_EXTRAS), 2):
            for row in rows:
                del row[name]
    draw.shuffle(rows)
    return rows


def _event_row(draw: Random, event_id: str, lead_id: str) -> dict[str, str]:
    earliest = draw.choice((2, 10, 40, 120, 400))
    event_type = draw.choice(EVENT_TYPES[: draw.choice((1, 3, len(EVENT_TYPES)))])
    if draw.random() < 0.2:
        event_type = draw.choice((event_type.upper(), f" {event_type.title()}\u00a0"))
    return {
        "event_id": event_id,
        "lead_id": lead_id,
        "event_type": event_type,
        "occurred_at": _stamp(draw, _moment(draw, earliest, -2)),
        "loaded_at": _optional_stamp(draw, 60),
        "channel": _maybe(draw, CHANNELS, 0.2),
        "campaign": _maybe(draw, CAMPAIGNS, 0.3),
        "content": _maybe(draw, CONTENTS, 0.3),
        "page_url": _maybe(draw, URLS, 0.3),
        "value": _maybe(draw, VALUES if draw.random() < 0.9 else NOT_NUMBERS, 0.4),
        "device": _maybe(draw, ("mobile", "DESKTOP", "tablet, small"), 0.3),
        "depth": _maybe(draw, ("1", "3", "10.0", "50", "deep"), 0.3),
    }


def _repeated_event(draw: Random, original: dict[str, str], lead_ids: list[str]) -> dict[str, str]:
    """Return another row with an event id that is there: the same day or another."""
    again = dict(original)
    manner = draw.randrange(4)
    if manner == 0:
        again["loaded_at"] = _stamp(draw, _moment(draw, 30, -1))
        again["value"] = "333"
    elif manner == 1:
        again["lead_id"] = draw.choice(lead_ids)
    elif manner == 2:
        again["occurred_at"] = _stamp(draw, _moment(draw, 100, 0))
    else:
        again["occurred_at"] = f"{original['occurred_at'][:10]} 12:00:00"
        again["page_url"] = "/again"
    return again


def _spoil_event(draw: Random, row: dict[str, str]) -> None:
    column, texts = draw.choice(
        (
            ("event_id", ("", " ")),
            ("lead_id", ("", "\ufeff", "nobody", "l00001", "L1")),
            ("event_type", ("", " ", "\u200b")),
            ("occurred_at", (*INVALID_TIMES, "")),
        )
    )
    row[column] = draw.choice(texts)


def _outcome_rows(draw: Random, lead_ids: list[str]) -> Table:
    rows = [
        {
            "lead_id": draw.choice(lead_ids),
            "outcome": draw.choice(("won", "Won ", "lost", "LOST")),
            "occurred_at": _stamp(draw, _moment(draw, 200, -3)),
            "revenue": _maybe(draw, VALUES, 0.4),
        }
        for _ in range(max(2, len(lead_ids) // 5))
    ]
    rows.append(dict(draw.choice(rows)))
    rows.append({**draw.choice(rows), "outcome": draw.choice(("maybe", "", "win"))})
    rows.append({**draw.choice(rows), "occurred_at": draw.choice((*INVALID_TIMES, ""))})
    rows.append({**draw.choice(rows), "lead_id": draw.choice(("", "nobody"))})
    draw.shuffle(rows)
    return rows


# --- configuration -----------------------------------------------------------------------------


def _configuration(draw: Random) -> dict[str, Table]:
    model_ids = list(MODEL_IDS[: draw.choice((2, 2, 3))])
    champion = draw.choice(model_ids)
    has_policies = draw.random() < 0.9
    tables: dict[str, Table] = {name: [] for name in SEEDS}
    if has_policies:
        tables["decay_policies"] = [dict(policy) for policy in POLICIES]
    for model_id in model_ids:
        is_extreme = draw.random() < 0.05
        tables["models"].append(_model(draw, model_id, model_id == champion, is_extreme))
        groups = _groups(draw, model_id)
        criteria = _criteria(draw, model_id, groups, has_policies, is_extreme)
        bands = _bands(draw, model_id)
        stages = _stages(draw, model_id, criteria)
        tables["groups"] += groups
        tables["criteria"] += criteria
        tables["bands"] += bands
        tables["stages"] += stages
        if draw.random() < 0.8:
            tables["exclusions"] += _exclusions(draw, model_id)
        if draw.random() < 0.9:
            tables["actions"] += _actions(draw, model_id, stages, bands)
    for rows in tables.values():
        draw.shuffle(rows)
    return tables


def _limits(draw: Random, lows: Sequence[str], highs: Sequence[str]) -> tuple[str, str]:
    return _maybe(draw, lows, 0.5), _maybe(draw, highs, 0.5)


def _model(draw: Random, model_id: str, is_champion: bool, is_extreme: bool) -> dict[str, str]:
    low, high = _limits(draw, ("-20", "0", "5.5", "-0.3333"), ("250", "99.5", "60.1234", "12"))
    weights = ("", "1", "0.6", "0.4", "2", "1.1", "0.3333", "0")
    return {
        "model_id": model_id,
        "description": draw.choice(("", f"model {model_id}")),
        "is_champion": "true" if is_champion else "false",
        "fit_weight": EXTREME_WEIGHT if is_extreme else draw.choice(weights),
        "engagement_weight": draw.choice(weights),
        "fit_max_points": _maybe(draw, ("50", "80.5", "33.3333", "0"), 0.5),
        "engagement_max_points": _maybe(draw, ("60", "200", "25.25", "10"), 0.5),
        "min_score": low,
        "max_score": "" if is_extreme else high,
    }


def _groups(draw: Random, model_id: str) -> Table:
    names = {
        "role": "fit",
        "company": "fit",
        "web": "engagement",
        "e-mail, all": "engagement",
        "penalty": draw.choice(("fit", "engagement")),
        "rfm": "engagement",
        "idle": draw.choice(("fit", "engagement")),
    }
    rows = []
    for group_id, dimension in names.items():
        low, high = _limits(draw, ("-30", "0", "-8", "3"), ("25", "40", "12.3456", "3"))
        rows.append(
            {
                "model_id": model_id,
                "group_id": group_id,
                "dimension": dimension,
                "combine": draw.choice(("sum", "sum", "max")),
                "min_points": low,
                "max_points": high,
                "description": draw.choice(("", f"group {group_id}")),
            }
        )
    return rows


def _criteria(
    draw: Random, model_id: str, groups: Table, has_policies: bool, is_extreme: bool
) -> Table:
    earning = [row["group_id"] for row in groups if row["group_id"] != "idle"]
    makers: dict[str, tuple[int, Callable[[Random, bool], dict[str, str]]]] = {
        "a": (20, _attribute_criterion),
        "e": (16, _event_criterion),
        "f": (5, lambda draw, _: _figure_criterion(draw, "frequency")),
        "r": (5, lambda draw, _: _figure_criterion(draw, "recency")),
        "m": (5, lambda draw, _: _figure_criterion(draw, "monetary")),
    }
    homes = {"a": earning[:2], "e": earning[2:5], "f": ["rfm"], "r": ["rfm"], "m": ["rfm"]}
    rows = []
    for letter, (count, make) in makers.items():
        for number in range(count):
            is_elsewhere = draw.random() < 0.1
            row = {
                "model_id": model_id,
                "criterion_id": f"{letter}{number:02d}",
                "group_id": draw.choice(earning if is_elsewhere else homes[letter]),
                **make(draw, has_policies),
                "points": draw.choice(POINTS),
                "weight": draw.choice(WEIGHTS),
            }
            row["description"] = _description(draw, row)
            rows.append(row)
    if is_extreme:
        for row in draw.sample(rows, 3):
            row["points"], row["weight"] = draw.choice(EXTREME_POINTS), EXTREME_WEIGHT
    return rows


def _description(draw: Random, row: dict[str, str]) -> str:
    plain = f"{row['signal']} {row['subject']} {row['criterion_id']}"
    return draw.choice(("", " ", plain, plain, f"{plain} ", f'"{plain}", é', f"={plain}"))


def _attribute_criterion(draw: Random, has_policies: bool) -> dict[str, str]:
    del has_policies
    subject = draw.choice(LEAD_ATTRIBUTES if draw.random() < 0.7 else DERIVED_ATTRIBUTES)
    return {"signal": "attribute", "subject": subject, **_condition(draw, subject, OPERATORS)}


def _event_criterion(draw: Random, has_policies: bool) -> dict[str, str]:
    row = {"signal": "event", "subject": _event_type(draw), **_filter(draw), **_window(draw)}
    row["max_occurrences"] = _maybe(draw, ("1", "2", "3", "10"), 0.5)
    row["max_per_day"] = _maybe(draw, ("1", "2"), 0.5)
    if has_policies:
        row["decay_policy"] = _maybe(draw, [policy["decay_policy"] for policy in POLICIES], 0.25)
    return row


def _figure_criterion(draw: Random, signal: str) -> dict[str, str]:
    operators = MONETARY_OPERATORS if signal == "monetary" else OPERATORS
    subject = "*" if draw.random() < 0.4 else _event_type(draw)
    return {
        "signal": signal,
        "subject": subject,
        **_condition(draw, signal, operators),
        **_filter(draw),
        **_window(draw),
    }


def _event_type(draw: Random) -> str:
    event_type = draw.choice(EVENT_TYPES)
    return draw.choice((event_type, event_type, event_type.upper(), f" {event_type}"))


def _window(draw: Random) -> dict[str, str]:
    return {"window_days": _maybe(draw, ("1", "7", "30", "90", "366"), 0.5)}


def _filter(draw: Random) -> dict[str, str]:
    if draw.random() < 0.5:
        return {}
    name = draw.choice(EVENT_PROPERTIES)
    condition = _condition(draw, name, OPERATORS)
    return {
        "filter_property": name,
        "filter_operator": condition["operator"],
        "filter_value": condition["value"],
    }


def _condition(draw: Random, about: str, operators: Sequence[str]) -> dict[str, str]:
    operator = draw.choice(operators)
    texts = TEXT_OPERANDS[about]
    if operator in UNARY_OPERATORS:
        value = ""
    elif operator in NUMBER_OPERATORS:
        numbers = NUMBER_OPERANDS.get(about, ("0", "10"))
        value = draw.choice(numbers)
        if operator == "between":
            low, high = sorted((draw.choice(numbers), draw.choice(numbers)), key=float)
            value = f"{low}|{high}" if draw.random() < 0.8 else f" {low} | {high} "
    elif operator == "matches":
        value = draw.choice(PORTABLE_PATTERNS)
    elif operator in ("in", "not_in", "has_word"):
        items = draw.sample(texts, min(len(texts), draw.randint(1, 3)))
        value = draw.choice(("|", " | ")).join(items)
    else:
        value = draw.choice(texts)
    return {"operator": operator, "value": value}


def _bands(draw: Random, model_id: str) -> Table:
    rows = []
    for dimension, names in (("fit", "ABCD"), ("engagement", "1234")):
        count = draw.choice((1, 3, 4))
        steps = sorted(
            draw.sample(("-5", "0", "4.0", "5", "12.5", "20", "30", "40.0001"), count - 1),
            key=float,
            reverse=True,
        )
        for band, least in zip(names, [*steps, ""], strict=False):
            rows.append(
                {
                    "model_id": model_id,
                    "dimension": dimension,
                    "band": band,
                    "min_points": least,
                }
            )
    return rows


def _stages(draw: Random, model_id: str, criteria: Table) -> Table:
    order = draw.choice((0, 1, 10))
    rows = [{"model_id": model_id, "stage": "prospect", "stage_order": str(order)}]
    for stage in ("lead", "mql", "eql", "sql", "Hot one"):
        order += draw.choice((1, 1, 5))
        candidate = {"model_id": model_id, "stage": stage, "stage_order": str(order)}
        minimums = ("-2", "0", "5", "10", "20.5", "35", "60")
        for column in ("min_score", "min_fit", "min_engagement"):
            candidate[column] = _maybe(draw, minimums, 0.5)
        if draw.random() < 0.35:
            candidate["required_criterion"] = draw.choice(criteria)["criterion_id"]
        if not any(_hides(candidate, earlier) for earlier in rows):
            rows.append(candidate)
    return rows


def _hides(later: dict[str, str], earlier: dict[str, str]) -> bool:
    """Whether a later stage would keep an earlier one from ever being reached."""
    if later.get("required_criterion"):
        return False
    return all(
        earlier.get(column, "") != "" and float(later[column]) <= float(earlier[column])
        for column in ("min_score", "min_fit", "min_engagement")
        if later[column]
    )


def _exclusions(draw: Random, model_id: str) -> Table:
    rows = []
    for number in range(draw.randint(1, 3)):
        attribute = draw.choice((*LEAD_ATTRIBUTES, *DERIVED_ATTRIBUTES))
        # Rules that hold for a null would exclude most leads.
        operators = [name for name in OPERATORS if "not_" not in name and name != "is_present"]
        rows.append(
            {
                "model_id": model_id,
                "exclusion_id": draw.choice((f"b{number}", f"A{number}", f"é{number}")),
                "attribute": attribute,
                **_condition(draw, attribute, operators),
                "reason": f"reason {number}; {attribute}",
            }
        )
    return rows


def _actions(draw: Random, model_id: str, stages: Table, bands: Table) -> Table:
    rows = []
    names = {
        dimension: [row["band"] for row in bands if row["dimension"] == dimension]
        for dimension in ("fit", "engagement")
    }
    for stage in [*(row["stage"] for row in stages), "customer", "disqualified"]:
        if draw.random() < 0.2:
            continue
        keys = {("", "")} if draw.random() < 0.7 else set()
        keys.add((draw.choice(names["fit"]), ""))
        keys.add(("", draw.choice(names["engagement"])))
        keys.add((draw.choice(names["fit"]), draw.choice(names["engagement"])))
        for fit_band, engagement_band in sorted(keys):
            rows.append(
                {
                    "model_id": model_id,
                    "stage": stage,
                    "fit_band": fit_band,
                    "engagement_band": engagement_band,
                    "action": f"do {stage} {fit_band}{engagement_band}".strip(),
                    "owner_team": _maybe(draw, ("sales", "marketing"), 0.2),
                    "sla_hours": _maybe(draw, ("4", "24", "100"), 0.5),
                    "nurture_track": _maybe(draw, ("drip", "wake-up"), 0.5),
                }
            )
    return rows
