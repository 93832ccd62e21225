"""The whole contract in plain Python, lead by lead: what the SQL is checked against.

Simple and slow on purpose. Nothing here is shared with the project's models or its command.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from pathlib import Path

from oracle_inputs import (
    REASONS,
    CaseFiles,
    Event,
    Lead,
    Reading,
    Row,
    Version,
    as_it_was,
    derive,
    read_configuration,
    read_inputs,
)
from oracle_text import amount, holds, rounded, trimmed

REFERENCE = Path(__file__).resolve().parent.parent / "seeds" / "reference"
DIMENSIONS = ("fit", "engagement")
EVERY_REASON = tuple(dict.fromkeys(reason for those in REASONS.values() for reason in those))
# Enough digits for every sum and product of figures that the contract allows.
PRECISION = 120


@dataclass(frozen=True)
class Expected:
    """What the marts must hold, as text; a null is ''. Sorted by their keys."""

    ranked_leads: list[dict[str, str]]
    contributions: list[dict[str, str]]
    rejected_records: list[dict[str, str]]
    run_summary: list[dict[str, str]]


@dataclass(frozen=True)
class Contribution:
    """What one criterion earned one lead."""

    criterion: Row
    occurrences: int
    points: Decimal
    first_event_date: date | None = None
    last_event_date: date | None = None


@dataclass
class Verdict:
    """One lead under one model."""

    lead: Lead
    contributions: dict[str, Contribution]
    fit_points: Decimal
    engagement_points: Decimal
    score: Decimal
    last_engaged_on: date | None
    stage: str
    exclusion_reasons: str
    rank: int | None = None
    percentile: int | None = None

    @property
    def is_excluded(self) -> bool:
        """Whether the lead is a customer or disqualified."""
        return self.stage in ("customer", "disqualified")


def score(case: Path | CaseFiles, as_of: date, reference: Path = REFERENCE) -> Expected:
    """Score a case on a date by the contract alone.

    Args:
        case: A folder with leads.csv, perhaps events.csv, outcomes.csv and lead_history.csv, and
            config/; or its files.
        as_of: The scoring date.
        reference: The folder of the reference seeds.

    Returns:
        The rows of the marts as text, as the golden cases print them.
    """
    files = case if isinstance(case, CaseFiles) else CaseFiles.in_folder(case)
    reading = read_inputs(files)
    configuration = read_configuration(files.config)
    ranked_leads: list[dict[str, str]] = []
    contributions: list[dict[str, str]] = []
    with localcontext() as context:
        context.prec = PRECISION
        for model in configuration["models"]:
            tables = _of_model(configuration, model)
            verdicts = _verdicts(model, tables, reading, as_of, reference)
            _rank(verdicts)
            for verdict in verdicts:
                ranked_leads.append(_ranked_lead(model, tables, verdict, as_of))
                contributions.extend(_contribution_rows(model, verdict))
    return Expected(
        ranked_leads=sorted(ranked_leads, key=lambda row: (row["model_id"], row["lead_id"])),
        contributions=sorted(
            contributions, key=lambda row: (row["model_id"], row["lead_id"], row["criterion_id"])
        ),
        rejected_records=sorted(reading.rejected, key=lambda row: tuple(row.values())),
        run_summary=_run_summary(reading),
    )


def held(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    """Hold a value between two limits, each where given."""
    if low is not None and value < low:
        return low
    if high is not None and value > high:
        return high
    return value


def figure(row: Row, column: str) -> Decimal | None:
    """Return a cell's number, None where it is blank or the column missing."""
    text = trimmed(row.get(column))
    return None if text is None else Decimal(text)


def identity(row: Row, column: str) -> str:
    """Return a cell's trimmed text, '' where it is blank or the column missing."""
    return trimmed(row.get(column)) or ""


def word(row: Row, column: str) -> str:
    """Return a cell of a fixed vocabulary, lower-cased; '' where blank."""
    return identity(row, column).lower()


def decay(policy: Row | None, age: int) -> Decimal:
    """Return the share of its points that an occurrence keeps at an age in days, 12 decimals."""
    method = word(policy, "method") if policy else "none"
    if policy is None or method == "none":
        return Decimal(1)
    if method == "exponential":
        return rounded(Decimal(0.5 ** (age / float(identity(policy, "half_life_days")))), 12)
    if method == "linear":
        lifetime = Decimal(identity(policy, "lifetime_days"))
        return rounded(max(Decimal(0), (lifetime - age) / lifetime), 12)
    if method == "step":
        steps = age // int(identity(policy, "step_days"))
        return rounded(max(Decimal(0), 1 - Decimal(identity(policy, "step_fraction")) * steps), 12)
    raise ValueError(f"unknown decay method: {method}")


def worth(criterion: Row, share: Decimal) -> Decimal:
    """Return the product of points, weight and decay, rounded to 6 decimals."""
    weight = figure(criterion, "weight")
    points = figure(criterion, "points") or Decimal(0)
    return rounded(points * (Decimal(1) if weight is None else weight) * share, 6)


def _of_model(configuration: dict[str, list[Row]], model: Row) -> dict[str, list[Row]]:
    return {
        name: rows
        if name in ("models", "decay_policies")
        else [row for row in rows if identity(row, "model_id") == identity(model, "model_id")]
        for name, rows in configuration.items()
    }


def _verdicts(
    model: Row, tables: dict[str, list[Row]], reading: Reading, as_of: date, reference: Path
) -> list[Verdict]:
    events: dict[str, list[Event]] = defaultdict(list)
    for event in reading.events:
        if event.event_date <= as_of:
            events[event.lead_id].append(event)
    customers = {
        outcome.lead_id
        for outcome in reading.outcomes
        if outcome.outcome == "won" and outcome.outcome_date <= as_of
    }
    versions: dict[str, list[Version]] = defaultdict(list)
    for version in reading.lead_history:
        versions[version.lead_id].append(version)
    verdicts = []
    for today in reading.leads:
        if today.created_at is not None and today.created_at.date() > as_of:
            continue
        lead = as_it_was(today, versions[today.lead_id], as_of)
        lead.derived = derive(lead, as_of, reference)
        own = events[lead.lead_id]
        verdicts.append(_verdict(model, tables, lead, own, lead.lead_id in customers, as_of))
    return verdicts


def _verdict(
    model: Row,
    tables: dict[str, list[Row]],
    lead: Lead,
    events: list[Event],
    is_customer: bool,
    as_of: date,
) -> Verdict:
    policies = {identity(row, "decay_policy"): row for row in tables["decay_policies"]}
    contributions = {}
    for criterion in tables["criteria"]:
        contribution = _contribution(criterion, policies, lead, events, as_of)
        if contribution is not None:
            contributions[identity(criterion, "criterion_id")] = contribution
    fit, engagement = (
        _dimension_points(dimension, model, tables["groups"], contributions)
        for dimension in DIMENSIONS
    )
    total = sum(
        (
            points * (Decimal(1) if (weight := figure(model, f"{name}_weight")) is None else weight)
            for name, points in (("fit", fit), ("engagement", engagement))
        ),
        Decimal(0),
    )
    final = rounded(held(total, figure(model, "min_score"), figure(model, "max_score")), 4)
    reasons = [
        row.get("reason") or identity(row, "exclusion_id")
        for row in sorted(tables["exclusions"], key=lambda row: identity(row, "exclusion_id"))
        if holds(
            lead.attribute(identity(row, "attribute")), word(row, "operator"), row.get("value")
        )
    ]
    if is_customer:
        stage = "customer"
    elif reasons:
        stage = "disqualified"
    else:
        stage = _stage(tables["stages"], final, fit, engagement, contributions)
    return Verdict(
        lead=lead,
        contributions=contributions,
        fit_points=fit,
        engagement_points=engagement,
        score=final,
        last_engaged_on=max((event.event_date for event in events), default=None),
        stage=stage,
        exclusion_reasons="; ".join(reasons) if stage == "disqualified" else "",
    )


def _contribution(
    criterion: Row, policies: dict[str, Row], lead: Lead, events: list[Event], as_of: date
) -> Contribution | None:
    signal = word(criterion, "signal")
    operator, operand = word(criterion, "operator"), criterion.get("value")
    if signal == "attribute":
        value = lead.attribute(identity(criterion, "subject"))
    else:
        seen = [event for event in events if _counts(criterion, event, as_of)]
        if signal == "event":
            policy = policies.get(identity(criterion, "decay_policy"))
            return _event_contribution(criterion, policy, seen, as_of)
        value = _figure_of(signal, seen, as_of)
    if holds(value, operator, operand):
        return Contribution(criterion, 1, worth(criterion, Decimal(1)))
    return None


def _counts(criterion: Row, event: Event, as_of: date) -> bool:
    """Whether a criterion looks at an event: type, window and filter."""
    subject = word(criterion, "subject")
    if subject not in ("*", event.event_type):
        return False
    window = figure(criterion, "window_days")
    if window is not None and (as_of - event.event_date).days >= window:
        return False
    name = identity(criterion, "filter_property")
    if not name:
        return True
    return holds(
        event.cells.get(name), word(criterion, "filter_operator"), criterion.get("filter_value")
    )


def _figure_of(signal: str, events: list[Event], as_of: date) -> str | None:
    """Return the count, the days since the latest, or the sum of value, as text."""
    if signal == "frequency":
        return str(len(events))
    if signal == "recency":
        latest = max((event.event_date for event in events), default=None)
        return None if latest is None else str((as_of - latest).days)
    if signal == "monetary":
        amounts = (amount(event.cells.get("value")) for event in events)
        total = sum((each for each in amounts if each is not None), Decimal(0))
        return f"{rounded(total, 4):f}"
    raise ValueError(f"unknown signal: {signal}")


def _event_contribution(
    criterion: Row, policy: Row | None, events: list[Event], as_of: date
) -> Contribution | None:
    per_day, in_all = figure(criterion, "max_per_day"), figure(criterion, "max_occurrences")
    counted: list[date] = []
    for day in sorted((event.event_date for event in events), reverse=True):
        if per_day is not None and counted.count(day) >= per_day:
            continue
        if in_all is not None and len(counted) >= in_all:
            break
        counted.append(day)
    if not counted:
        return None
    points = sum(
        (worth(criterion, decay(policy, (as_of - day).days)) for day in counted), Decimal(0)
    )
    return Contribution(criterion, len(counted), points, counted[-1], counted[0])


def _dimension_points(
    dimension: str, model: Row, groups: list[Row], contributions: dict[str, Contribution]
) -> Decimal:
    total = Decimal(0)
    for group in groups:
        if word(group, "dimension") != dimension:
            continue
        earned = [
            contribution.points
            for contribution in contributions.values()
            if identity(contribution.criterion, "group_id") == identity(group, "group_id")
        ]
        if earned:
            combined = max(earned) if word(group, "combine") == "max" else sum(earned, Decimal(0))
            total += held(combined, figure(group, "min_points"), figure(group, "max_points"))
    return rounded(held(total, None, figure(model, f"{dimension}_max_points")), 4)


def _stage(
    stages: list[Row],
    final: Decimal,
    fit: Decimal,
    engagement: Decimal,
    contributions: dict[str, Contribution],
) -> str:
    for stage in sorted(stages, key=lambda row: -(figure(row, "stage_order") or 0)):
        required = identity(stage, "required_criterion")
        minimums = (
            (final, figure(stage, "min_score")),
            (fit, figure(stage, "min_fit")),
            (engagement, figure(stage, "min_engagement")),
        )
        enough = all(least is None or value >= least for value, least in minimums)
        if enough and (not required or required in contributions):
            return identity(stage, "stage")
    return ""


def _band(bands: list[Row], dimension: str, points: Decimal) -> str:
    best, best_least = "", None
    for band in bands:
        if word(band, "dimension") != dimension:
            continue
        least = figure(band, "min_points")
        least = Decimal("-Infinity") if least is None else least
        if least <= points and (best_least is None or least > best_least):
            best, best_least = identity(band, "band"), least
    return best


def _rank(verdicts: list[Verdict]) -> None:
    """Give the leads that are not excluded their rank and percentile."""

    def order(verdict: Verdict) -> tuple[object, ...]:
        engaged = verdict.last_engaged_on
        return (
            -verdict.score,
            -verdict.engagement_points,
            timedelta.max if engaged is None else date.max - engaged,
            verdict.lead.lead_id,
        )

    ranked = sorted((each for each in verdicts if not each.is_excluded), key=order)
    for position, verdict in enumerate(ranked, start=1):
        verdict.rank = position
        behind, others = len(ranked) - position, len(ranked) - 1
        verdict.percentile = 100 * behind // others if others else 100


def _reasons(verdict: Verdict) -> list[str]:
    earned = sorted(
        (-contribution.points, criterion_id, contribution)
        for criterion_id, contribution in verdict.contributions.items()
        if contribution.points > 0
    )
    return [
        contribution.criterion.get("description") or criterion_id
        for _, criterion_id, contribution in earned[:3]
    ] + [""] * (3 - len(earned))


def _action(actions: list[Row], stage: str, fit_band: str, engagement_band: str) -> Row:
    wanted = ((fit_band, engagement_band), (fit_band, ""), ("", engagement_band), ("", ""))
    for pair in wanted:
        for action in actions:
            bands = identity(action, "fit_band"), identity(action, "engagement_band")
            if identity(action, "stage") == stage and bands == pair:
                return action
    return {}


def _ranked_lead(
    model: Row, tables: dict[str, list[Row]], verdict: Verdict, as_of: date
) -> dict[str, str]:
    fit_band = _band(tables["bands"], "fit", verdict.fit_points)
    engagement_band = _band(tables["bands"], "engagement", verdict.engagement_points)
    action = _action(tables["actions"], verdict.stage, fit_band, engagement_band)
    reasons = _reasons(verdict)
    return {
        "model_id": identity(model, "model_id"),
        "lead_id": verdict.lead.lead_id,
        "as_of_date": as_of.isoformat(),
        "score_rank": _text(verdict.rank),
        "score_percentile": _text(verdict.percentile),
        "score": f"{verdict.score:f}",
        "fit_points": f"{verdict.fit_points:f}",
        "engagement_points": f"{verdict.engagement_points:f}",
        "fit_band": fit_band,
        "engagement_band": engagement_band,
        "grade": fit_band + engagement_band,
        "stage": verdict.stage,
        "is_excluded": "true" if verdict.is_excluded else "false",
        "exclusion_reasons": verdict.exclusion_reasons,
        "last_engaged_on": _text(verdict.last_engaged_on),
        "reason_1": reasons[0],
        "reason_2": reasons[1],
        "reason_3": reasons[2],
        "action": action.get("action") or "",
        "owner_team": action.get("owner_team") or "",
        "sla_hours": action.get("sla_hours") or "",
        "nurture_track": action.get("nurture_track") or "",
    }


def _contribution_rows(model: Row, verdict: Verdict) -> list[dict[str, str]]:
    return [
        {
            "model_id": identity(model, "model_id"),
            "lead_id": verdict.lead.lead_id,
            "criterion_id": criterion_id,
            "occurrences": str(contribution.occurrences),
            "points": f"{rounded(contribution.points, 6):f}",
            "first_event_date": _text(contribution.first_event_date),
            "last_event_date": _text(contribution.last_event_date),
        }
        for criterion_id, contribution in verdict.contributions.items()
    ]


def _run_summary(reading: Reading) -> list[dict[str, str]]:
    """Return a row for each relation: rows read, accepted, rejected and a count per reason."""
    rows = []
    for relation in ("events", "lead_history", "leads", "outcomes"):
        if relation == "lead_history" and not reading.rows_read[relation]:
            continue
        reasons = Counter(row["reason"] for row in reading.rejected if row["relation"] == relation)
        accepted = len(getattr(reading, relation))
        row = {
            "relation": relation,
            "rows_read": str(reading.rows_read[relation]),
            "rows_accepted": str(accepted),
            "rows_rejected": str(sum(reasons.values())),
        }
        row |= {reason: str(reasons[reason]) for reason in EVERY_REASON}
        row["invalid_created_at"] = str(reading.invalid_created_at if relation == "leads" else 0)
        rows.append(row)
    return rows


def _text(value: date | int | None) -> str:
    return "" if value is None else str(value)
