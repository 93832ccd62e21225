"""A case for stages with memory: leads that come and go in bursts, and rules for two models."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from command import write_csv
from lifecycle_replay import Rule

AS_OF = date(2026, 6, 30)
FIRST = date(2026, 4, 2)

RULES = {
    "m": (
        Rule("prospect", 1),
        Rule("lead", 2, Decimal(8), Decimal(5)),
        Rule("mql", 5, Decimal(20), Decimal(12), Decimal(5), None, 6, 14),
        Rule("sql", 12, Decimal(38), Decimal(30), None, Decimal(10), 3, 9),
    ),
    "n": (Rule("prospect", 1), Rule("lead", 2, Decimal(8)), Rule("sql", 3, Decimal(30))),
}
SLA_HOURS = {"lead": "71", "mql": "24", "sql": "0"}


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def write_lifecycle_case(folder: Path) -> Path:
    """Write leads that come and go in bursts, and rules with memory for one of two models."""
    draw = Random(20260630)
    leads, events, outcomes = [], [], []
    for number in range(40):
        lead_id = f"L{number:02d}"
        created = FIRST + timedelta(days=draw.randint(-60, 70))
        size = draw.choice(("10", "500"))
        leads.append({"lead_id": lead_id, "created_at": str(created), "company_size": size})
        for _ in range(draw.randint(0, 7)):
            burst = created + timedelta(days=draw.randint(0, 140))
            for _ in range(draw.randint(1, 6)):
                day = burst + timedelta(days=draw.randint(0, 5))
                kind = draw.choice(("view", "view", "view", "demo"))
                events.append(
                    {
                        "event_id": f"E{len(events)}",
                        "lead_id": lead_id,
                        "event_type": kind,
                        "occurred_at": f"{day} 12:00:00",
                    }
                )
        if draw.random() < 0.25:
            day = created + timedelta(days=draw.randint(20, 120))
            outcomes.append({"lead_id": lead_id, "outcome": "won", "occurred_at": str(day)})
    write_csv(folder / "leads.csv", leads)
    write_csv(folder / "events.csv", events)
    write_csv(folder / "outcomes.csv", outcomes)
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for model_id, rules in RULES.items():
        own = {"model_id": model_id}
        champion = {"is_champion": str(model_id == "m").lower()}
        tables["models"].append(own | champion | {"trend_points": "6" if model_id == "m" else ""})
        for group, dimension in (("size", "fit"), ("web", "engagement")):
            tables["groups"].append(
                own | {"group_id": group, "dimension": dimension, "combine": "sum"}
            )
            tables["bands"].append(own | {"dimension": dimension, "band": dimension})
        for criterion, group, signal, subject, test, points, decay in (
            ("big", "size", "attribute", "company_size", ("gte", "100"), "6", ""),
            ("views", "web", "event", "view", ("", ""), "5", "half_life"),
            ("demos", "web", "event", "demo", ("", ""), "12", "half_life"),
        ):
            tables["criteria"].append(
                own
                | {"criterion_id": criterion, "group_id": group, "signal": signal}
                | {"subject": subject, "operator": test[0], "value": test[1]}
                | {"points": points, "decay_policy": decay}
            )
        for rule in rules:
            tables["stages"].append(
                own
                | {"stage": rule.stage, "stage_order": str(rule.order)}
                | {
                    name: _cell(getattr(rule, name))
                    for name in (
                        *("min_score", "exit_score", "min_fit", "min_engagement"),
                        *("min_days", "recycle_after_days"),
                    )
                }
            )
            hours = SLA_HOURS.get(rule.stage, "")
            tables["actions"].append(
                own | {"stage": rule.stage, "action": f"do {rule.stage}"}
                | {"owner_team": "sales", "sla_hours": hours}
            )  # fmt: skip
    tables["decay_policies"] = [
        {"decay_policy": "half_life", "method": "exponential", "half_life_days": "7"}
    ]
    tables["exclusions"] = [
        {
            "model_id": "m",
            "exclusion_id": "age",
            "attribute": "lead_age_days",
            "operator": "between",
            "value": "50|55",
        }
    ]
    for name, rows in tables.items():
        write_csv(folder / "config" / f"lead_scoring__{name}.csv", rows)
    return folder


def lifecycle_options(folder: Path) -> list[object]:
    """Return the options that name the case's files."""
    options: list[object] = ["--config", folder / "config", "--format", "csv"]
    for relation in ("leads", "events", "outcomes"):
        options += [f"--{relation}", folder / f"{relation}.csv"]
    return options
