"""Cases to calibrate with a known signal: what converts, and what has nothing to do with it."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp
from pathlib import Path
from random import Random

from command import write_csv

ONE_DATE = date(2026, 3, 1)
HORIZON = 30
KNOWN_UNTIL = date(2026, 8, 31)
CONFIGURATION = {
    "models": """\
model_id,is_champion,fit_weight,engagement_weight,min_score,max_score
known,true,1,0.5,0,100
other,false,,,,
""",
    "groups": """\
model_id,group_id,dimension,combine
known,who,fit,sum
known,source,fit,max
known,web,engagement,sum
other,who,fit,sum
""",
    "criteria": """\
model_id,criterion_id,group_id,signal,subject,operator,value,points,decay_policy
known,strong,who,attribute,company_size,gte,100,2,
known,dead,who,attribute,city,equals,Bonn,30,
known,against,who,attribute,job_title,has_word,student,10,
known,fair,source,attribute,lead_source,equals,fair,5,
known,rare,source,attribute,lead_source,equals,prize,50,
known,views,web,event,page_view,,,10,slow
other,strong,who,attribute,company_size,gte,100,7,
""",
    "decay_policies": """\
decay_policy,method,half_life_days
slow,exponential,5
""",
    "bands": """\
model_id,dimension,band,min_points
known,fit,A,30
known,fit,B,
known,engagement,1,8
known,engagement,2,
other,fit,A,
other,engagement,1,
""",
    "stages": """\
model_id,stage,stage_order,min_score,min_fit,min_engagement,exit_score
known,lead,1,,,,
known,mql,2,20,12,6,16
other,lead,1,,,,
other,mql,2,5,,,
""",
    "conversion_model": """\
model_id,term,coefficient
known,intercept,-2
known,score,0.01
other,intercept,-1
""",
}


def write_calibration_case(folder: Path, leads: int = 900, seed: int = 3) -> Path:
    """Write leads.csv, events.csv, outcomes.csv and config/, the same bytes for the same seed.

    Leads are there on all dates from `ONE_DATE` on; who converts does so within `HORIZON` days of a
    day in the five months from there.
    """
    draw = Random(seed)
    lead_rows, event_rows, outcome_rows = [], [], []
    for number in range(leads):
        lead = f"L{number:04}"
        is_big, is_student = draw.random() < 0.4, draw.random() < 0.3
        views = draw.randint(0, 3)
        lead_rows.append(
            {
                "lead_id": lead,
                "created_at": "2026-01-05",
                "company_size": "500" if is_big else "20",
                "city": draw.choice(("Bonn", "Mainz")),
                "job_title": "Student" if is_student else "Buyer",
                "lead_source": "prize" if number < 5 else draw.choice(("fair", "web")),
            }
        )
        event_rows += [
            {
                "event_id": f"{lead}-{view}",
                "lead_id": lead,
                "event_type": "page_view",
                "occurred_at": f"{ONE_DATE - timedelta(days=draw.randint(0, 30))}",
            }
            for view in range(views)
        ]
        odds = -2.2 + 2.2 * is_big - 1.5 * is_student + 0.5 * views
        if draw.random() < 1 / (1 + exp(-odds)):
            month = draw.choice((0, 0, 0, 1, 2, 3, 4))
            on = ONE_DATE + timedelta(days=HORIZON * month + draw.randint(1, HORIZON))
            outcome_rows.append({"lead_id": lead, "outcome": "won", "occurred_at": f"{on}"})
    write_csv(folder / "leads.csv", lead_rows)
    write_csv(folder / "events.csv", event_rows)
    write_csv(folder / "outcomes.csv", outcome_rows)
    (folder / "config").mkdir(exist_ok=True)
    for name, text in CONFIGURATION.items():
        (folder / "config" / f"lead_scoring__{name}.csv").write_text(text, encoding="utf-8")
    return folder
