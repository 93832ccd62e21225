"""A case to evaluate: leads whose doings tell a little of who is won, over a hundred days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from command import DATABASE, Ended, score_leads, write_csv
from lead_scoring.scoring_dates import DateRange

FIRST = date(2026, 1, 1)
DAYS = 150
KNOWN_UNTIL = FIRST + timedelta(days=DAYS)
# More dates than are scored in one build.
DATES = DateRange(date(2026, 1, 20), date(2026, 5, 5), "day")
HORIZON = 30
CONFIGURATION = {
    "models": """\
model_id,is_champion,fit_weight,engagement_weight,fit_max_points,engagement_max_points,min_score,max_score
fine,true,1,0.5,,,0,100
plain,false,,,,,,
""",
    "groups": """\
model_id,group_id,dimension,combine
fine,who,fit,sum
fine,web,engagement,sum
plain,who,fit,sum
plain,web,engagement,sum
""",
    "criteria": """\
model_id,criterion_id,group_id,signal,subject,operator,value,points,window_days,max_occurrences,decay_policy
fine,big,who,attribute,company_size,gte,100,10,,,
fine,student,who,attribute,job_title,has_word,student,-15,,,
fine,views,web,event,page_view,,,3,,10,month
fine,demo,web,event,demo_request,,,30,60,1,
fine,never,web,event,fax,,,5,,,
plain,big,who,attribute,company_size,gte,100,10,,,
plain,active,web,frequency,*,gte,3,20,30,,
""",
    "decay_policies": """\
decay_policy,method,half_life_days
month,exponential,30
""",
    "bands": """\
model_id,dimension,band,min_points
fine,fit,A,10
fine,fit,B,
fine,engagement,1,15
fine,engagement,2,
plain,fit,A,
plain,engagement,1,
""",
    "stages": """\
model_id,stage,stage_order,min_score
fine,lead,1,
fine,mql,2,15
plain,lead,1,
plain,mql,2,20
""",
    "exclusions": """\
model_id,exclusion_id,attribute,operator,value,reason
fine,rival,is_competitor,is_true,,competitor
""",
    "conversion_model": """\
model_id,term,coefficient
fine,intercept,-4
fine,score,0.06
fine,big,0.02
""",
}


def write_evaluation_case(folder: Path, leads: int = 250, seed: int = 5) -> Path:
    """Write leads.csv, events.csv, outcomes.csv and config/, the same bytes for the same seed."""
    draw = Random(seed)
    lead_rows, event_rows, outcome_rows = [], [], []
    for number in range(leads):
        lead = f"L{number:03}"
        created = FIRST + timedelta(days=draw.randint(-30, 100))
        drive = draw.random()
        lead_rows.append(
            {
                "lead_id": lead,
                "created_at": "" if number % 50 == 7 else f"{created} 09:00:00",
                "company_size": str(draw.choice((5, 20, 150, 900))),
                "job_title": draw.choice(("Student", "Buyer", "Head of sales")),
                "lead_source": draw.choice(("web", "fair", "")),
                "country": draw.choice(("Germany", "France", "nowhere")),
                "is_competitor": "yes" if number % 40 == 3 else "",
            }
        )
        for event in range(int(drive * drive * draw.randint(8, 20))):
            at = datetime(created.year, created.month, created.day) + timedelta(
                hours=draw.randint(0, 24 * 60)
            )
            event_rows.append(
                {
                    "event_id": f"{lead}-{event}",
                    "lead_id": lead,
                    "event_type": "demo_request" if draw.random() < drive / 6 else "page_view",
                    "occurred_at": f"{at}",
                    "loaded_at": f"{at + timedelta(days=draw.choice((0, 0, 0, 3, 20)))}",
                }
            )
        if draw.random() < drive * drive:
            on = created + timedelta(days=draw.randint(30, 90))
            outcome_rows.append(
                {
                    "lead_id": lead,
                    "outcome": "won" if draw.random() < drive else "lost",
                    "occurred_at": f"{on}",
                    "revenue": str(draw.choice((100, 250, ""))),
                }
            )
    write_csv(folder / "leads.csv", lead_rows)
    write_csv(folder / "events.csv", event_rows)
    write_csv(folder / "outcomes.csv", outcome_rows)
    (folder / "config").mkdir(exist_ok=True)
    for name, text in CONFIGURATION.items():
        (folder / "config" / f"lead_scoring__{name}.csv").write_text(text, encoding="utf-8")
    return folder


def evaluation_options(case: Path) -> list[object]:
    """Return the options that name the files of a case."""
    options: list[object] = ["--config", case / "config"]
    for relation in ("leads", "events", "outcomes"):
        options += [f"--{relation}", case / f"{relation}.csv"]
    return options


@dataclass(frozen=True)
class EvaluatedCase:
    """A case, its evaluation in `out`, and the same dates published in `filled`."""

    case: Path
    out: Path
    ended: Ended
    filled: Path

    @property
    def published(self) -> Path:
        """Return the database with the history of the same dates."""
        return self.filled / DATABASE


def evaluate_case(folder: Path) -> EvaluatedCase:
    """Evaluate a case, and publish what a back-fill of the same dates makes of it."""
    case, out, filled = write_evaluation_case(folder / "case"), folder / "out", folder / "filled"
    dates = ("--from", DATES.first, "--to", DATES.last, "--every", "day")
    words = (*evaluation_options(case), *dates, "--as-of", KNOWN_UNTIL)
    ended = score_leads("evaluate", *words, "--out", out, "--horizon", HORIZON, "--json")
    score_leads(
        "backfill", *words, "--basis", "as_known", "--out", filled, "--format", "csv",
    )  # fmt: skip
    return EvaluatedCase(case, out, ended, filled)
