"""The page itself: what its sections say, and how they become HTML."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import vl_convert
from markupsafe import Markup

from lead_scoring import report_charts as charts
from lead_scoring.evaluation_report import leak_sentence, may_leak, verdict_sentence
from lead_scoring.report_figures import NONE, change, count, day, decimal, interval, share, times
from lead_scoring.report_file import HEAD
from lead_scoring.scoring_run import DEMO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lead_scoring.report import EvaluationRows, ReportRows, Row

_TEMPLATE = "report_page.html"
_SCRIPT = Path(__file__).with_name("report_page.js")
# The library is a module; this much of it is asked for.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_LIBRARY_VERSION = "6.4"
_SHOWN_LEADS = 10
_MOST_CRITERIA = 30
_VERDICTS = {"dead": charts.SILENT, "too rare to tell": charts.SILENT, "harmful": charts.HARMS}
_DATA = {DEMO: "the demo data", "files": "files"}
_BASES = {
    "as_known": "read as it was known on each date",
    "restated": "read as it is known now",
}
_EVALUATE = "evaluate holds the scores of past dates against what came of the leads"


@dataclass(frozen=True)
class Table:
    """Rows of texts under headings; a cell of several lines is a list. Figures stand right."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str | Sequence[str]]]
    figures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A table, and the chart of it where it has one.

    `caption` says what is read from it. The first `shown` rows of the table stand open, the others
    are folded away under `folded`.
    """

    name: str
    title: str
    caption: str
    table: Table
    spec: charts.Spec | None = None
    shown: int = 0
    folded: str = "The same figures as a table"


@dataclass(frozen=True)
class Section:
    """A question and what answers it; `missing` says what is not there, and what would bring it."""

    name: str
    title: str
    sentences: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    missing: str | None = None


def sections(rows: ReportRows) -> list[Section]:
    """Return what there is to show, in the order of the page."""
    return [
        _funnel(rows),
        _scores(rows),
        _conversion(rows),
        _leads(rows),
        _movers(rows),
        _outcomes(rows),
        _calibration(rows),
        _criteria(rows),
        _drift(rows),
    ]


def page(rows: ReportRows, shown: Sequence[Section]) -> str:
    """Return the page as HTML that needs nothing else: style, data and library are in it."""
    specs = {
        figure.name: figure.spec
        for section in shown
        for figure in section.figures
        if figure.spec is not None
    }
    library = vl_convert.javascript_bundle(_SNIPPET, _LIBRARY_VERSION) if specs else ""
    scripts = [library, _SCRIPT.read_text(encoding="utf-8")] if specs else []
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    manifest = rows.published.manifest
    return HEAD + environment.get_template(_TEMPLATE).render(
        model=rows.model,
        is_champion=rows.model == manifest.champion,
        as_of=day(date.fromisoformat(manifest.as_of_date)),
        run_id=manifest.run_id,
        published_at=_moment(manifest.published_at),
        is_demo=manifest.inputs.kind == DEMO,
        glance=_glance(rows),
        sections=shown,
        charts={"specs": specs, "themes": charts.THEMES},
        # Only these scripts may run, whatever a lead is called.
        script_hashes=[f"'sha256-{_sha256(script)}'" for script in scripts],
        scripts=[Markup(script) for script in scripts],
    )


def _moment(timestamp: str) -> str:
    # Before 3.11 Python knows no Z.
    when = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return f"{day(when.date())}, {when:%H:%M} UTC"


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _glance(rows: ReportRows) -> list[tuple[str, str, str]]:
    """Return the figures that come first: name, figure, note."""
    leads, ranked = rows.summary["leads"], rows.summary["ranked_leads"]
    found = [
        (
            "Leads scored",
            count(leads),
            f"{count(ranked)} ranked, {count(leads - ranked)} customers or disqualified",
        )
    ]
    ladder = [row for row in rows.stages if not row["is_outside"]]
    if ladder:
        top = ladder[-1]
        found.append((f"In stage {top['stage']}", count(top["leads"]), "nearest to buying"))
    if rows.evaluation is not None:
        overall = rows.evaluation.models[0]
        found += [
            ("AUC", decimal(overall["auc"], 3), _range(overall, "auc", 3) + "chance is 0.5"),
            (
                "The best tenth holds",
                share(overall["capture_10"], 0),
                f"of all conversions, {times(overall['lift_10'], 1)} its share",
            ),
        ]
    return found


def _range(row: Row, name: str, places: int) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if low is None else f"{decimal(low, places)} to {decimal(high, places)}; "


def _funnel(rows: ReportRows) -> Section:
    values = [
        {
            "name": row["stage"],
            "value": row["leads"],
            "figure": count(row["leads"]),
            "is_outside": row["is_outside"],
            "said": f"{row['stage']}: {count(row['leads'], 'lead')}, "
            f"{share(row['share_of_leads'])}",
        }
        for row in rows.stages
    ]
    table = Table(
        ("Stage", "Leads", "Share"),
        [(row["stage"], count(row["leads"]), share(row["share_of_leads"])) for row in rows.stages],
        frozenset(("Leads", "Share")),
    )
    caption = "Each bar is the leads in one stage; grey ones are outside the ladder."
    return Section(
        "funnel",
        "Where the leads are",
        figures=[
            Figure(
                "funnel-chart",
                "Leads by stage",
                caption,
                table,
                charts.bars(values, f"Bar chart, leads by stage. {caption}"),
            )
        ],
    )


def _scores(rows: ReportRows) -> Section:
    title = "How the scores are spread"
    if not rows.scores:
        return Section("scores", title, missing="No lead is ranked on the date.")
    named = [
        (f"{decimal(row['from_score'])} to {decimal(row['to_score'])}", row) for row in rows.scores
    ]
    values = [
        {
            "from_score": float(row["from_score"]),
            "to_score": float(row["to_score"]),
            "leads": row["leads"],
            "said": f"Score {name}: {count(row['leads'], 'lead')}, {share(row['share_of_leads'])}",
        }
        for name, row in named
    ]
    # A limit beyond the scores would only make the chart wide.
    lowest, highest = rows.scores[0]["from_score"], rows.scores[-1]["to_score"]
    limits = [
        {"score": float(row["min_score"]), "name": row["stage_names"]}
        for row in rows.stage_limits
        if lowest <= row["min_score"] <= highest
    ]
    table = Table(
        ("Score", "Leads", "Share"),
        [(name, count(row["leads"]), share(row["share_of_leads"])) for name, row in named],
        frozenset(("Leads", "Share")),
    )
    caption = (
        "Each column is the ranked leads of so many points; customers and disqualified leads are "
        "left out. Dashed lines are the scores that the stages ask for."
    )
    return Section(
        "scores",
        title,
        figures=[
            Figure(
                "scores-chart",
                "Leads by score",
                caption,
                table,
                charts.histogram(values, limits, f"Histogram, leads by score. {caption}"),
            )
        ],
    )


def _conversion(rows: ReportRows) -> Section:
    figures = []
    missing = None
    summary = rows.summary
    stages = [row for row in rows.stages if row["conversion_rate"] is not None]
    if summary["dates"] < 2:
        missing = (
            "How many leads go on to the next stage is seen once several dates are scored: each "
            "run adds one, backfill fills in past ones."
        )
    elif stages:
        values = [
            {
                "name": row["stage"],
                "value": float(row["conversion_rate"]),
                "figure": share(row["conversion_rate"]),
                "is_outside": False,
                "said": f"{row['stage']}: {share(row['conversion_rate'])}, "
                f"{count(row['conversions_to_date'])} of {count(row['entries_to_date'])}",
            }
            for row in stages
        ]
        caption = (
            "Of the stays in a stage that began since "
            f"{day(summary['first_date'])}, the share that has ended in a higher stage or a win."
        )
        figures.append(
            Figure(
                "conversion-chart",
                "How many go on",
                caption,
                Table(
                    ("Stage", "Entered", "Went on", "Rate", "Median days"),
                    [
                        (
                            row["stage"],
                            count(row["entries_to_date"]),
                            count(row["conversions_to_date"]),
                            share(row["conversion_rate"]),
                            decimal(row["median_days_to_conversion"]),
                        )
                        for row in stages
                    ],
                    frozenset(("Entered", "Went on", "Rate", "Median days")),
                ),
                charts.bars(values, f"Bar chart, conversion by stage. {caption}"),
            )
        )
    if rows.evaluation is not None and rows.evaluation.stages:
        figures.append(_stages_against_outcomes(rows.evaluation))
    return Section("conversion", "How stages go on", figures=figures, missing=missing)


def _stages_against_outcomes(evaluation: EvaluationRows) -> Figure:
    overall = evaluation.models[0]
    values = [
        {
            "name": row["name"],
            "value": float(row["conversion_rate"]),
            "figure": share(row["conversion_rate"]),
            "is_outside": row["stage_order"] is None,
            "said": f"{row['name']}: {share(row['conversion_rate'])}, "
            f"{count(row['conversions'])} of {count(row['lead_dates'])}",
        }
        for row in evaluation.stages
    ]
    caption = (
        f"The share of the evaluated scores in a stage that a win followed within "
        f"{count(overall['horizon_days'], 'day')}. The dashed line is that of all, "
        f"{share(overall['base_rate'])}."
    )
    return Figure(
        "stage-outcomes-chart",
        "Do stages hold what they promise?",
        caption,
        Table(
            ("Stage", "Scores", "Won", "Rate", "Lift", "Share of wins", "Mean days"),
            [
                (
                    row["name"],
                    count(row["lead_dates"]),
                    count(row["conversions"]),
                    share(row["conversion_rate"]),
                    times(row["lift"]),
                    share(row["recall"]),
                    decimal(row["mean_days_to_conversion"]),
                )
                for row in evaluation.stages
            ],
            frozenset(("Scores", "Won", "Rate", "Lift", "Share of wins", "Mean days")),
        ),
        charts.bars(
            values, f"Bar chart, wins by stage. {caption}", reference=float(overall["base_rate"])
        ),
    )


def _leads(rows: ReportRows) -> Section:
    title = "Whom to call first"
    if not rows.leads:
        return Section("leads", title, missing="No lead is ranked on the date.")
    columns = {
        "Rank": [count(row["score_rank"]) for row in rows.leads],
        "Lead": [_named(row) for row in rows.leads],
        "Score": [decimal(row["score"]) for row in rows.leads],
        "Grade": [row["grade"] or NONE for row in rows.leads],
        "Stage": [row["stage"] for row in rows.leads],
        "Why": [_reasons(row) for row in rows.leads],
    }
    if any(row["conversion_probability"] is not None for row in rows.leads):
        columns["Chance"] = [share(row["conversion_probability"]) for row in rows.leads]
    if any(row["expected_value"] is not None for row in rows.leads):
        columns["Worth"] = [decimal(row["expected_value"], 0) for row in rows.leads]
    if any(row["action"] is not None for row in rows.leads):
        columns["Next"] = [
            [text for text in (row["action"], row["owner_team"]) if text is not None] or NONE
            for row in rows.leads
        ]
    table = Table(
        list(columns),
        list(zip(*columns.values(), strict=True)),
        frozenset(("Rank", "Score", "Chance", "Worth")),
    )
    return Section(
        "leads",
        title,
        figures=[
            Figure(
                "leads-table",
                "Leads by rank",
                "The three criteria that earned a lead most stand beside it, the strongest first.",
                table,
                shown=_SHOWN_LEADS,
                folded=f"Ranks {_SHOWN_LEADS + 1} to {len(rows.leads)}",
            )
        ],
    )


def _movers(rows: ReportRows) -> Section:
    title = "Who moved most"
    previous = rows.summary["previous_date"]
    if previous is None:
        return Section(
            "movers",
            title,
            missing="Who moved is seen once an earlier date is scored: each run adds one, backfill "
            "fills in past ones.",
        )
    if not rows.movers:
        return Section("movers", title, [f"No score has changed since {day(previous)}."])
    table = Table(
        ("Lead", "Change", "Before", "Now", "Stage", "Moved by"),
        [
            (
                _named(row),
                change(row["score_change"]),
                decimal(row["previous_score"]),
                decimal(row["score"]),
                row["stage"],
                _causes(row),
            )
            for row in rows.movers
        ],
        frozenset(("Change", "Before", "Now")),
    )
    return Section(
        "movers",
        title,
        figures=[
            Figure(
                "movers-table",
                f"Since {day(previous)}",
                "The scores that rose and fell most since the scored date before, with the "
                "criteria whose points, before limits, changed most.",
                table,
                shown=len(rows.movers),
            )
        ],
    )


def _outcomes(rows: ReportRows) -> Section:
    title = "Do high scores convert?"
    evaluation = rows.evaluation
    if evaluation is None:
        return Section("outcomes", title, missing=_no_evaluation(rows))
    figures = [_model_table(evaluation)]
    tenths = evaluation.tenths
    if tenths and tenths[0]["lift"] is not None:
        figures = [*_tenth_charts(evaluation), *figures]
    return Section("outcomes", title, _scope(rows, evaluation), figures)


def _no_evaluation(rows: ReportRows) -> str:
    if rows.has_evaluation:
        return f"The evaluation in this folder is not of model {rows.model}: {_EVALUATE}."
    return f"There is no evaluation in this folder: {_EVALUATE}."


def _scope(rows: ReportRows, evaluation: EvaluationRows) -> list[str]:
    """Return what was evaluated, and what came of it."""
    overall, run, manifest = evaluation.models[0], evaluation.run, rows.published.manifest
    leads = overall["converted_leads"], overall["other_leads"]
    leaks = may_leak(overall["auc"], *leads)
    sentences = [
        verdict_sentence(overall) + ".",
        *([f"Mind: {leak_sentence(overall['auc'])}."] if leaks else []),
        f"{count(overall['leads'], 'lead')} of {_DATA[run['inputs']]} on "
        f"{_period(overall)}: {count(overall['lead_dates'], 'score')}, "
        f"{count(overall['conversions'])} of them followed by a win within "
        f"{count(overall['horizon_days'], 'day')} ({share(overall['base_rate'])}). The past is "
        f"{_BASES[run['basis']]} ({run['basis']}).",
    ]
    if run["inputs"] != manifest.inputs.kind:
        sentences.append(
            f"Mind: the evaluation is of {_DATA[run['inputs']]}, the list of "
            f"{_DATA[manifest.inputs.kind]}."
        )
    elif run["configuration_fingerprint"] != manifest.configuration_fingerprint:
        sentences.append(
            "Mind: the evaluation is of other rules than the list, or of another champion."
        )
    return sentences


def _period(overall: dict[str, Any]) -> str:
    first, last = day(overall["first_date"]), day(overall["last_date"])
    return first if first == last else f"{count(overall['dates'], 'date')}, {first} to {last}"


def _tenth_charts(evaluation: EvaluationRows) -> list[Figure]:
    tenths, overall = evaluation.tenths, evaluation.models[0]
    table = Table(
        ("Tenth", "Scores from", "to", "Leads", "Won", "Rate", "Lift", "Won so far"),
        [
            (
                str(row["decile"]),
                decimal(row["lowest_score"]),
                decimal(row["highest_score"]),
                count(row["lead_dates"]),
                count(row["conversions"]),
                share(row["conversion_rate"]),
                times(row["lift"]),
                share(row["cumulative_capture"]),
            )
            for row in tenths
        ],
        frozenset(("Tenth", "Scores from", "to", "Leads", "Won", "Rate", "Lift", "Won so far")),
    )
    lift_values = [
        {
            "name": str(row["decile"]),
            "value": float(row["lift"]),
            "figure": f"{row['lift']:.1f}",
            "said": f"Tenth {row['decile']}: lift {times(row['lift'])}, "
            f"{count(row['conversions'])} of {count(row['lead_dates'])}",
        }
        for row in tenths
    ]
    capture_values = [{"share": 0, "captured": 0, "said": "No lead holds no conversion"}] + [
        {
            "share": float(row["cumulative_share"]),
            "captured": float(row["cumulative_capture"]),
            "said": f"The best {share(row['cumulative_share'], 0)} of the leads hold "
            f"{share(row['cumulative_capture'])} of the conversions",
        }
        for row in tenths
    ]
    lift_caption = (
        "How often each tenth of the leads converts, the best scores first, against all leads: "
        "the dashed line, 1."
    )
    capture = interval(
        share(overall["capture_20"], 0),
        share(overall["capture_20_low"], 0),
        share(overall["capture_20_high"], 0),
    )
    capture_caption = (
        f"How many of the conversions the best leads hold: the best 20% hold {capture}. By chance "
        "it were the dashed line."
    )
    return [
        Figure(
            "lift-chart",
            "Lift by tenth",
            lift_caption,
            table,
            charts.columns(
                lift_values,
                f"Column chart, lift by tenth of the leads. {lift_caption}",
                1,
                "Tenth of the leads, 1 the best",
            ),
        ),
        Figure(
            "capture-chart",
            "Conversions captured",
            capture_caption,
            Table(
                ("Best leads", "Conversions"),
                [
                    (share(row["cumulative_share"], 0), share(row["cumulative_capture"]))
                    for row in tenths
                ],
                frozenset(("Best leads", "Conversions")),
            ),
            charts.capture_curve(capture_values, f"Line chart, capture curve. {capture_caption}"),
        ),
    ]


def _model_table(evaluation: EvaluationRows) -> Figure:
    def figure(row: Row, name: str) -> str:
        written = (share(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
        return interval(*written)

    return Figure(
        "models-table",
        "Models side by side",
        "How well each model tells who converts, and how many of the conversions its best leads "
        "hold; intervals where they can be told.",
        Table(
            ("Model", "AUC", "Best 10% hold", "Best 20% hold", "Base rate"),
            [
                (
                    row["model_id"],
                    interval(*(decimal(row[f"auc{end}"], 3) for end in ("", "_low", "_high"))),
                    figure(row, "capture_10"),
                    figure(row, "capture_20"),
                    figure(row, "base_rate"),
                )
                for row in evaluation.models
            ],
            frozenset(("AUC", "Best 10% hold", "Best 20% hold", "Base rate")),
        ),
        shown=len(evaluation.models),
    )


def _calibration(rows: ReportRows) -> Section:
    name, title = "calibration", "Do the probabilities hold?"
    if rows.evaluation is None:
        return Section(name, title, missing=_no_evaluation(rows))
    bins = rows.evaluation.probabilities
    if not bins:
        return Section(
            name,
            title,
            missing=f"Model {rows.model} gives no conversion probability: calibrate learns one "
            "from past outcomes.",
        )
    overall = rows.evaluation.models[0]
    values = [
        {
            "predicted": float(row["mean_probability"]),
            "observed": float(row["conversion_rate"]),
            "low": _number(row["conversion_rate_low"]),
            "high": _number(row["conversion_rate_high"]),
            "said": f"Predicted {share(row['mean_probability'])}, observed "
            f"{share(row['conversion_rate'])}",
        }
        for row in bins
    ]
    caption = (
        "Each point is a tenth of the leads by probability, with the interval of what was "
        "observed. On the dashed line, as many convert as was predicted."
    )
    table = Table(
        ("Tenth", "Predicted", "Observed", "Leads", "Won"),
        [
            (
                str(row["bin"]),
                share(row["mean_probability"]),
                interval(
                    share(row["conversion_rate"]),
                    share(row["conversion_rate_low"]),
                    share(row["conversion_rate_high"]),
                ),
                count(row["lead_dates"]),
                count(row["conversions"]),
            )
            for row in bins
        ],
        frozenset(("Tenth", "Predicted", "Observed", "Leads", "Won")),
    )
    return Section(
        name,
        title,
        [
            f"Brier score {decimal(overall['brier_score'], 4)}, log loss "
            f"{decimal(overall['log_loss'], 4)}, AUC of the probability "
            f"{decimal(overall['probability_auc'], 3)}."
        ],
        [
            Figure(
                "calibration-chart",
                "Predicted and observed",
                caption,
                table,
                charts.against_prediction(values, f"Scatter plot, calibration. {caption}"),
            )
        ],
    )


def _criteria(rows: ReportRows) -> Section:
    name, title = "criteria", "Which criteria tell who converts?"
    if rows.evaluation is None:
        return Section(name, title, missing=_no_evaluation(rows))
    criteria = rows.evaluation.criteria
    drawn = [row for row in criteria if row["lift"] is not None][:_MOST_CRITERIA]
    drawn.sort(key=lambda row: (-row["lift"], row["criterion_id"]))
    values = [
        {
            "name": row["criterion_id"],
            "lift": float(row["lift"]),
            "low": _number(row["lift_low"]),
            "high": _number(row["lift_high"]),
            "tells": _VERDICTS.get(row["verdict"], charts.TELLS),
            "said": f"{row['criterion_id']}: lift {_lift(row)}, {row['verdict']}",
        }
        for row in drawn
    ]
    table = Table(
        ("Criterion", "Points", "Meets", "Lift", "Verdict"),
        [
            (
                row["criterion_id"],
                decimal(row["points"]),
                share(row["coverage"]),
                _lift(row),
                row["verdict"],
            )
            for row in criteria
        ],
        frozenset(("Points", "Meets", "Lift")),
    )
    of = "" if len(criteria) == len(drawn) else f" {len(drawn)} of {len(criteria)} are drawn."
    caption = (
        "How often the leads that a criterion meets convert, against all leads: the dashed line, "
        f"1. A line is the interval.{of}"
    )
    verdicts: dict[str, int] = {}
    for row in criteria:
        verdicts[row["verdict"]] = verdicts.get(row["verdict"], 0) + 1
    told = ", ".join(f"{verdict} {number}" for verdict, number in sorted(verdicts.items()))
    return Section(
        name,
        title,
        [f"Verdicts: {told}."] if criteria else [],
        [
            Figure(
                "criteria-chart",
                "Lift of each criterion",
                caption,
                table,
                charts.lifts(values, f"Dot plot, lift of criteria. {caption}") if values else None,
            )
        ],
    )


def _lift(row: Row) -> str:
    return interval(times(row["lift"]), times(row["lift_low"]), times(row["lift_high"]))


def _drift(rows: ReportRows) -> Section:
    figures, missing = [], []
    if len(rows.score_dates) > 1:
        figures.append(_scores_over_time(rows.score_dates))
    else:
        missing.append(
            "How scores move over time is seen once several dates are scored: each run adds one, "
            "backfill fills in past ones."
        )
    if rows.evaluation is None:
        missing.append(_no_evaluation(rows))
    else:
        figures += _months(rows.evaluation.months)
    return Section("drift", "Is it still so?", figures=figures, missing=" ".join(missing) or None)


def _scores_over_time(dates: Sequence[Row]) -> Figure:
    values = [
        {
            "date": row["as_of_date"].isoformat(),
            "low": row["lower_quartile"],
            "median": row["median_score"],
            "high": row["upper_quartile"],
            "said": f"{day(row['as_of_date'])}: median {decimal(row['median_score'])}, half of the "
            f"scores {decimal(row['lower_quartile'])} to {decimal(row['upper_quartile'])}",
        }
        for row in dates
    ]
    caption = (
        f"The median score of the ranked leads on {count(len(dates), 'scored date')}; half of the "
        "scores lie in the band."
    )
    return Figure(
        "score-dates-chart",
        "Scores over time",
        caption,
        Table(
            ("Date", "Ranked leads", "Lower quartile", "Median", "Upper quartile"),
            [
                (
                    row["as_of_date"].isoformat(),
                    count(row["leads"]),
                    decimal(row["lower_quartile"]),
                    decimal(row["median_score"]),
                    decimal(row["upper_quartile"]),
                )
                for row in dates
            ],
            frozenset(("Ranked leads", "Lower quartile", "Median", "Upper quartile")),
        ),
        charts.over_time(values, f"Line chart, scores over time. {caption}"),
    )


def _months(months: Sequence[Row]) -> list[Figure]:
    parts = (
        (
            "auc",
            "AUC by month of the scoring date",
            "AUC",
            "How well the scores of each month tell who converts, with its interval; chance is "
            "the dashed line, 0.5. Months in which none converted, or all, are left out.",
            0.5,
        ),
        (
            "base_rate",
            "Conversion rate by month of the scoring date",
            "Conversion rate",
            "The share of the evaluated scores that a win followed, with its interval.",
            None,
        ),
    )
    figures = []
    for name, title, axis, caption, reference in parts:
        told = [row for row in months if row[name] is not None]
        if not told:
            continue
        is_share = name == "base_rate"

        def written(row: Row, name: str = name, *, is_share: bool = is_share) -> str:
            ends = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
            return interval(*(share(end) if is_share else decimal(end, 3) for end in ends))

        values = [
            {
                "month": row["slice_value"],
                "value": float(row[name]),
                "low": _number(row[f"{name}_low"]),
                "high": _number(row[f"{name}_high"]),
                "said": f"{row['slice_value']}: {axis} {written(row)}",
            }
            for row in told
        ]
        figures.append(
            Figure(
                f"{name.replace('_', '-')}-chart",
                title,
                caption,
                Table(
                    ("Month", "Scores", "Won", axis),
                    [
                        (
                            row["slice_value"],
                            count(row["lead_dates"]),
                            count(row["conversions"]),
                            written(row),
                        )
                        for row in told
                    ],
                    frozenset(("Scores", "Won", axis)),
                ),
                charts.by_month(
                    values,
                    f"Line chart, {title}. {caption}",
                    axis,
                    reference=reference,
                    is_share=is_share,
                ),
            )
        )
    return figures


def _named(row: Row) -> list[str]:
    """Return what a lead is called: its name, its company, its id."""
    parts = (row["full_name"], row["company_name"], row["lead_id"])
    return [part for part in parts if part is not None]


def _causes(row: Row) -> Sequence[str]:
    """Return the criteria that moved a lead, but for what is too little to show."""
    shown = (
        (cause["criterion_id"], change(cause["points_change"])) for cause in row["criteria"] or ()
    )
    return [f"{criterion} {by}" for criterion, by in shown if by[1:] != "0.0"] or NONE


def _reasons(row: Row) -> str:
    reasons = [row[name] for name in ("reason_1", "reason_2", "reason_3") if row[name]]
    return "; ".join(reasons) or NONE


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
