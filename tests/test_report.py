"""The command report: a page in a browser, its figures those of the tables."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest

from browser import MISSING, Browser, Page, chromium, executable
from command import DATABASE, Ended, query, score_leads
from evaluation_case import DATES, HORIZON, KNOWN_UNTIL, EvaluatedCase
from lead_scoring.evaluation import DATABASE_NAME

if TYPE_CHECKING:
    from conftest import Published

MODEL = "fine"
WIDE, PHONE = 1280, 360
CHARTS = {
    "funnel-chart",
    "scores-chart",
    "conversion-chart",
    "stage-outcomes-chart",
    "lift-chart",
    "capture-chart",
    "calibration-chart",
    "criteria-chart",
    "score-dates-chart",
    "auc-chart",
    "base-rate-chart",
}
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'&"
# What a screen reader reads of the marks of each chart, and where they are.
READ_CHARTS = """
Object.fromEntries([...document.querySelectorAll('.chart')].map(chart => [chart.id, {
    label: (chart.matches('[role="graphics-document"]')
        ? chart : chart.querySelector('[role="graphics-document"]'))?.getAttribute('aria-label'),
    right: chart.querySelector('svg')?.getBoundingClientRect().right ?? null,
    marks: [...chart.querySelectorAll('[role="graphics-symbol"][aria-roledescription]')]
        .filter(mark => !/axis|legend|title/.test(mark.getAttribute('aria-roledescription')))
        .map(mark => {
            const box = mark.getBoundingClientRect();
            return {
                said: mark.getAttribute('aria-label'),
                x: box.x, y: box.y, width: box.width, height: box.height,
            };
        }),
}]))
"""
# The rows of the tables in each part of the page, by the part's heading.
READ_TABLES = """
Object.fromEntries([...document.querySelectorAll('.part')].map(part => [
    part.querySelector('h3').textContent,
    [...part.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => {
        const lines = [...cell.querySelectorAll('span')].map(line => line.textContent);
        return lines.length ? lines.join(' | ') : cell.textContent;
    })),
]))
"""


@dataclass(frozen=True)
class Reported:
    """An output folder with a publication, an evaluation and the page of both."""

    out: Path
    ended: Ended

    @property
    def page(self) -> Path:
        return self.out / "report.html"

    def published(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return query(self.out / DATABASE, statement, *values)

    def evaluated(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return query(self.out / DATABASE_NAME, statement, *values)


@dataclass(frozen=True)
class Seen:
    """What a browser made of a page."""

    page: Page
    charts: dict[str, dict[str, Any]]
    tables: dict[str, list[list[str]]]

    def said(self, chart: str) -> list[str]:
        return [mark["said"] for mark in self.charts[chart]["marks"]]


@pytest.fixture(scope="module")
def reported(evaluated_case: EvaluatedCase, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    out = copied(evaluated_case.filled, tmp_path_factory.mktemp("report") / "out")
    shutil.copy(evaluated_case.out / DATABASE_NAME, out)
    return Reported(out, score_leads("report", "--out", out, "--json"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if executable() is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if executable() is None:
        pytest.skip(f"a laptop tests the rest: {MISSING}")
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def seen(reported: Reported, browser: Browser) -> Seen:
    return look(browser, reported.page)


def copied(out: Path, to: Path) -> Path:
    """Copy an output folder without what its runs work with."""
    return Path(shutil.copytree(out, to, symlinks=True, ignore=shutil.ignore_patterns(".work")))


def look(browser: Browser, file: Path, width: int = WIDE, scheme: str = "light") -> Seen:
    page = browser.page()
    page.prefer(scheme)
    page.resize(width)
    page.open(file)
    return Seen(page, page.evaluate(READ_CHARTS), page.evaluate(READ_TABLES))


def changed(reported: Reported, to: Path, published: str = "", evaluated: str = "") -> Reported:
    """Return another page, of the same tables with other values in them."""
    out = copied(reported.out, to)
    for database, statements in ((DATABASE, published), (DATABASE_NAME, evaluated)):
        with duckdb.connect(str(out / database)) as connection:
            connection.execute(statements)
    return Reported(out, score_leads("report", "--out", out, "--json"))


def percent(number: Any) -> str:
    return f"{number:.1%}"


def points(number: Any) -> str:
    return f"{number:,.1f}".replace("-", "\N{MINUS SIGN}")


def change(number: Any) -> str:
    return f"{number:+,.1f}".replace("-", "\N{MINUS SIGN}")


def times(number: Any) -> str:
    return f"{number:.2f}\N{MULTIPLICATION SIGN}"


def ranged(figure: Any, low: Any, high: Any, write: Any) -> str:
    return write(figure) if low is None else f"{write(figure)} ({write(low)} to {write(high)})"


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


# How it renders


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_every_chart_is_drawn_without_an_error_or_the_network(
    reported: Reported, browser: Browser, width: int, scheme: str
) -> None:
    seen = look(browser, reported.page, width, scheme)
    assert seen.page.problems == []
    assert seen.page.requests == [reported.page.as_uri()]
    assert set(seen.charts) == CHARTS
    for name, chart in seen.charts.items():
        assert chart["marks"], name
        assert re.match(
            "(Bar|Column|Line|Scatter|Dot|Histogram).* (chart|plot|leads)", chart["label"]
        )
        assert 0 < chart["right"] <= width, name
        assert all(mark["said"] for mark in chart["marks"]), name
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    ink = "getComputedStyle(document.body).color"
    assert (
        seen.page.evaluate(ink)
        == {"light": "rgb(28, 36, 48)", "dark": "rgb(232, 236, 242)"}[scheme]
    )


def test_each_chart_has_its_figures_as_a_table(seen: Seen) -> None:
    parts = seen.page.evaluate(
        "[...document.querySelectorAll('.part')].map(part => ["
        "part.querySelector('.chart')?.id ?? '', part.querySelectorAll('details tbody tr').length])"
    )
    with_rows = {name for name, rows in parts if name and rows}
    assert with_rows == CHARTS


def test_a_chart_that_fails_is_noticed(
    reported: Reported, browser: Browser, tmp_path: Path
) -> None:
    text = reported.page.read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="charts">(.*?)</script>', text)
    charts = json.loads(data)
    charts["specs"]["funnel-chart"]["layer"][0]["layer"][0]["mark"] = "no such mark"
    broken = json.dumps(charts).replace("<", "\\u003c")
    file = tmp_path / "report.html"
    file.write_text(text.replace(data, broken), encoding="utf-8")
    seen = look(browser, file)
    assert any(problem.startswith("funnel-chart: ") for problem in seen.page.problems)
    assert seen.charts["funnel-chart"]["marks"] == []
    assert seen.charts["lift-chart"]["marks"] != []
    told = seen.page.evaluate("document.getElementById('funnel-chart').textContent")
    assert told == "This chart could not be drawn; its figures stand in the table below."


def test_the_page_stays_small_and_holds_the_library_once(reported: Reported) -> None:
    text = reported.page.read_text(encoding="utf-8")
    assert len(text) < 1_500_000
    assert text.count("window.vegaEmbed = vegaEmbed") + text.count("window.vegaEmbed=") == 1
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert re.findall(r"<(?:script|link|img|iframe)|https?:|url[(]", markup) == []
    assert list(reported.out.glob(".*.tmp")) == []


# What it says


def test_the_funnel_is_that_of_the_date(reported: Reported, seen: Seen) -> None:
    rows = reported.published(
        "select stage, leads, entries_to_date, conversions_to_date, conversion_rate, "
        "median_days_to_conversion from lead_scoring__funnel_daily "
        "where model_id = ? and as_of_date = ? order by stage_order nulls last, stage",
        MODEL,
        KNOWN_UNTIL,
    )
    assert len(rows) == 4
    all_leads = sum(row[1] for row in rows)
    assert seen.tables["Leads by stage"] == [
        [stage, f"{leads:,}", percent(leads / all_leads)] for stage, leads, *_ in rows
    ]
    drawn = {mark["said"]: mark["width"] for mark in seen.charts["funnel-chart"]["marks"]}
    said = [
        f"{stage}: {counted(leads, 'lead')}, {percent(leads / all_leads)}"
        for stage, leads, *_ in rows
    ]
    assert set(drawn) == set(said)
    widest = max(rows, key=lambda row: row[1])
    for name, row in zip(said, rows, strict=True):
        ratio = drawn[name] / drawn[said[rows.index(widest)]]
        assert ratio == pytest.approx(row[1] / widest[1], abs=0.01), name
    on = [row for row in rows if row[4] is not None]
    assert seen.tables["How many go on"] == [
        [stage, f"{entered:,}", f"{gone:,}", percent(rate), points(days)]
        for stage, _, entered, gone, rate, days in on
    ]
    assert sum(row[3] for row in on) > 10


def test_the_histogram_counts_every_ranked_lead_once(reported: Reported, seen: Seen) -> None:
    scores = [
        score
        for (score,) in reported.published(
            "select score from lead_scoring__ranked_leads where model_id = ? and not is_excluded",
            MODEL,
        )
    ]
    edges = []
    for name, leads, part in seen.tables["Leads by score"]:
        low, high = (Decimal(each.replace("\N{MINUS SIGN}", "-")) for each in name.split(" to "))
        is_last = high >= max(scores)
        inside = [each for each in scores if low <= each and (each < high or is_last)]
        assert (leads, part) == (f"{len(inside):,}", percent(len(inside) / len(scores)))
        edges.append((low, high))
    assert len({high - low for low, high in edges}) == 1
    assert sum(int(leads) for _, leads, _ in seen.tables["Leads by score"]) == len(scores) > 100
    marks = seen.charts["scores-chart"]["marks"]
    lefts, widths = ([mark[name] for mark in marks] for name in ("x", "width"))
    per_point = (lefts[-1] - lefts[0]) / float(edges[-1][0] - edges[0][0])
    assert widths == pytest.approx([float(high - low) * per_point for low, high in edges], abs=2)
    assert min(widths) > 5
    heights = [mark["height"] for mark in marks]
    leads = [int(row[1]) for row in seen.tables["Leads by score"]]
    assert [height / max(heights) for height in heights] == pytest.approx(
        [each / max(leads) for each in leads], abs=0.02
    )


def test_tenths_and_capture_are_those_of_the_evaluation(reported: Reported, seen: Seen) -> None:
    rows = reported.evaluated(
        "select decile, lowest_score, highest_score, lead_dates, conversions, conversion_rate, "
        "lift, cumulative_capture from lead_scoring__evaluation_deciles where model_id = ? "
        "order by decile",
        MODEL,
    )
    assert len(rows) == 10
    assert seen.tables["Lift by tenth"] == [
        [
            str(tenth), points(low), points(high), f"{leads:,}", f"{won:,}", percent(rate),
            times(lift), percent(captured),
        ]
        for tenth, low, high, leads, won, rate, lift, captured in rows
    ]  # fmt: skip
    tallest = max(float(row[6]) for row in rows)
    marks = seen.charts["lift-chart"]["marks"]
    heights = [mark["height"] for mark in marks]
    assert [height / max(heights) for height in heights] == pytest.approx(
        [float(row[6]) / tallest for row in rows], abs=0.02
    )
    points_drawn = seen.charts["capture-chart"]["marks"]
    assert seen.said("capture-chart")[1:] == [
        f"The best {10 * tenth}% of the leads hold {percent(captured)} of the conversions"
        for tenth, *_, captured in rows
    ]
    # The first point is none of all, the last all of all.
    bottom, top = points_drawn[0]["y"], points_drawn[-1]["y"]
    assert [(bottom - mark["y"]) / (bottom - top) for mark in points_drawn[1:]] == pytest.approx(
        [float(row[7]) for row in rows], abs=0.01
    )


def test_stages_criteria_probabilities_and_months_are_those_of_the_evaluation(
    reported: Reported, seen: Seen
) -> None:
    stages = reported.evaluated(
        "select name, lead_dates, conversions, conversion_rate, lift, recall, "
        "mean_days_to_conversion from lead_scoring__evaluation_stages "
        "where model_id = ? and kind = 'stage' order by stage_order nulls last, name",
        MODEL,
    )
    assert seen.tables["Do stages hold what they promise?"] == [
        [
            name, f"{leads:,}", f"{won:,}", percent(rate), times(lift), percent(recall),
            "\N{EN DASH}" if days is None else points(days),
        ]
        for name, leads, won, rate, lift, recall, days in stages
    ]  # fmt: skip
    criteria = reported.evaluated(
        "select criterion_id, points, coverage, lift, lift_low, lift_high, verdict "
        "from lead_scoring__evaluation_criteria where model_id = ? "
        "order by information_value desc, criterion_id",
        MODEL,
    )
    lifts = {
        name: "\N{EN DASH}" if lift is None else ranged(lift, low, high, times)
        for name, _, _, lift, low, high, _ in criteria
    }
    assert seen.tables["Lift of each criterion"] == [
        [name, points(earned), percent(coverage), lifts[name], verdict]
        for name, earned, coverage, *_, verdict in criteria
    ]
    drawn = sorted(
        (row for row in criteria if row[3] is not None), key=lambda row: row[3], reverse=True
    )
    assert len(drawn) == 4
    assert seen.said("criteria-chart") == [
        f"{name}: lift {lifts[name]}, {verdict}" for name, *_, verdict in drawn
    ]
    middles = [mark["x"] + mark["width"] / 2 for mark in seen.charts["criteria-chart"]["marks"]]
    step = (middles[0] - middles[-1]) / float(drawn[0][3] - drawn[-1][3])
    assert [(middles[0] - middle) / step for middle in middles] == pytest.approx(
        [float(drawn[0][3] - row[3]) for row in drawn], abs=0.02
    )
    bins = reported.evaluated(
        "select bin, mean_probability, conversion_rate, conversion_rate_low, "
        "conversion_rate_high, lead_dates, conversions "
        "from lead_scoring__evaluation_calibration where model_id = ? order by bin",
        MODEL,
    )
    assert len(bins) == 10
    assert seen.tables["Predicted and observed"] == [
        [str(tenth), percent(said), ranged(rate, low, high, percent), f"{leads:,}", f"{won:,}"]
        for tenth, said, rate, low, high, leads, won in bins
    ]
    assert seen.said("calibration-chart") == [
        f"Predicted {percent(said)}, observed {percent(rate)}" for _, said, rate, *_ in bins
    ]
    months = reported.evaluated(
        "select slice_value, lead_dates, conversions, auc, auc_low, auc_high "
        "from lead_scoring__evaluation_summary where model_id = ? and slice = 'period' "
        "order by slice_value",
        MODEL,
    )
    assert len(months) == 5
    assert seen.tables["AUC by month of the scoring date"] == [
        [month, f"{leads:,}", f"{won:,}", ranged(auc, low, high, lambda each: f"{each:.3f}")]
        for month, leads, won, auc, low, high in months
    ]


def test_scores_over_time_are_the_quartiles_of_the_history(reported: Reported, seen: Seen) -> None:
    history = reported.published(
        "select as_of_date, list(cast(score as double)) from lead_scoring__score_history "
        "where model_id = ? and not is_excluded group by as_of_date order by as_of_date",
        MODEL,
    )
    assert len(history) == len(DATES.dates()) + 1
    assert seen.tables["Scores over time"] == [
        [
            f"{day}", f"{len(scores):,}",
            *(points(each) for each in np.percentile(scores, (25, 50, 75))),
        ]
        for day, scores in history
    ]  # fmt: skip


def test_leads_stand_with_their_reasons_and_movers_with_what_moved_them(
    reported: Reported, seen: Seen
) -> None:
    best = reported.published(
        "select score_rank, lead_id, score, grade, lifecycle_stage, "
        "concat_ws('; ', reason_1, reason_2, reason_3), conversion_probability, expected_value "
        "from lead_scoring__ranked_leads where model_id = ? and score_rank <= 50 "
        "order by score_rank",
        MODEL,
    )
    assert len(best) == 50
    assert seen.tables["Leads by rank"] == [
        [
            f"{rank}", lead, points(score), grade, stage, reasons or "\N{EN DASH}",
            percent(chance), f"{worth:,.0f}",
        ]
        for rank, lead, score, grade, stage, reasons, chance, worth in best
    ]  # fmt: skip
    assert any(row[5] for row in best)

    moved = reported.published(
        "select lead_id, score - previous_score as change, previous_score, score, lifecycle_stage "
        "from lead_scoring__ranked_leads "
        "where model_id = ? and not is_excluded and score != previous_score "
        "order by change desc, lead_id",
        MODEL,
    )
    up, down = ([row for row in moved if (row[1] > 0) == rises] for rises in (True, False))
    down.sort(key=lambda row: (row[1], row[0]))
    most = [*up[:10], *sorted(down[:10], key=lambda row: (-row[1], row[0]))]
    assert down
    previous = DATES.last
    contributions = reported.published(
        "select lead_id, criterion_id, as_of_date, points from lead_scoring__recent_contributions "
        "where model_id = ?",
        MODEL,
    )
    assert {day for _, _, day, _ in contributions} == {previous, KNOWN_UNTIL}
    wanted = []
    for lead, by, before, now, stage in most:
        changes: dict[str, Decimal] = {}
        for other, criterion, day, earned in contributions:
            if other == lead:
                sign = 1 if day == KNOWN_UNTIL else -1
                changes[criterion] = changes.get(criterion, Decimal(0)) + sign * earned
        biggest = sorted(changes.items(), key=lambda each: (-abs(each[1]), each[0]))[:3]
        causes = [f"{name} {change(each)}" for name, each in biggest if abs(each) >= 0.05]
        wanted.append(
            [
                lead, change(by), points(before), points(now), stage,
                " | ".join(causes) or "\N{EN DASH}",
            ]
        )  # fmt: skip
    assert seen.tables[f"Since {previous.day} {previous:%B %Y}"] == wanted


def test_the_page_says_what_it_is_of(reported: Reported, seen: Seen) -> None:
    text = " ".join(seen.page.evaluate("document.body.innerText").split())
    assert reported.ended.report["model"] == MODEL
    assert f"Model {MODEL}, the champion, as of 31 May 2026." in text
    assert f"Run {reported.ended.report['run_id']}" in text
    assert "Demo data" not in text
    leads, dates, conversions, low, auc, high = reported.evaluated(
        "select leads, dates, conversions, auc_low, auc, auc_high "
        "from lead_scoring__evaluation_summary where model_id = ? and slice = 'overall'",
        MODEL,
    )[0]
    assert (
        f"Model {MODEL}: leads with higher scores convert more often "
        f"(AUC {auc:.3f} ({low:.3f} to {high:.3f}))"
    ) in text
    last = KNOWN_UNTIL.replace(month=5, day=1)
    assert (
        f"{leads} leads of files on {dates} dates, 20 January 2026 to {last.day} {last:%B %Y}: "
    ) in text
    assert f"{conversions:,} of them followed by a win within {HORIZON} days" in text
    assert "read as it was known on each date (as_known)" in text
    assert "Mind:" not in text
    assert reported.ended.report["missing"] == []


# What users send


def test_no_text_of_a_lead_or_of_the_rules_becomes_a_part_of_the_page(
    reported: Reported, browser: Browser, tmp_path: Path
) -> None:
    quoted = HOSTILE.replace("'", "''")
    page = changed(
        reported,
        tmp_path / "out",
        published=f"""
            update lead_scoring__ranked_leads
                set lead_id = '{quoted}', reason_1 = '{quoted}', grade = '{quoted}', score = 40
                where score_rank = 1;
            update lead_scoring__funnel_daily set stage = '{quoted}' where stage = 'mql';
            update lead_scoring__stage_rules set stage = '{quoted}' where stage = 'mql';
        """,
        evaluated=f"""
            update lead_scoring__evaluation_criteria set criterion_id = '{quoted}'
                where criterion_id = 'views';
        """,
    ).page
    seen = look(browser, page)
    assert seen.page.problems == []
    assert seen.page.evaluate("window.hacked") is None
    assert seen.page.evaluate("document.querySelectorAll('script').length") == 3
    assert seen.page.evaluate("document.querySelectorAll('img').length") == 0
    assert all(chart["marks"] for chart in seen.charts.values())
    assert seen.tables["Leads by rank"][0][1] == HOSTILE
    assert seen.tables["Leads by rank"][0][5].startswith(HOSTILE)
    assert [row[0] for row in seen.tables["Leads by stage"]][1] == HOSTILE
    assert HOSTILE in [row[0] for row in seen.tables["Lift of each criterion"]]
    assert any(said.startswith(f"{HOSTILE}: ") for said in seen.said("funnel-chart"))
    assert any(said.startswith(f"{HOSTILE}: lift") for said in seen.said("criteria-chart"))
    # A highest score at the edge of a step has no step of its own.
    assert seen.tables["Leads by score"][-1][:2] == ["38.0 to 40.0", "1"]
    # Where a text did get out, the page's policy holds: nothing but its own scripts may run.
    text = page.read_text(encoding="utf-8")
    hole = tmp_path / "hole.html"
    hole.write_text(text.replace("<main>", f"<main>{HOSTILE}", 1), encoding="utf-8")
    assert look(browser, hole).page.evaluate("window.hacked") is None


def test_scores_that_say_nothing_are_told_so(reported: Reported, tmp_path: Path) -> None:
    other = changed(
        reported,
        tmp_path / "out",
        evaluated="""
            update lead_scoring__evaluation_summary set auc_low = 0.45, auc_high = 0.6;
            update lead_scoring__evaluation_manifest set configuration_fingerprint = 'another';
        """,
    )
    text = other.page.read_text(encoding="utf-8")
    assert f"Model {MODEL}: no lift beyond noise" in text
    assert "Mind: the evaluation is of other rules than the list, or of another champion." in text


def test_one_run_without_an_evaluation_says_what_would_fill_the_rest(
    demo: Published, browser: Browser, tmp_path: Path
) -> None:
    out = copied(demo.out, tmp_path / "out")
    ended = score_leads("report", "--out", out, "--model", "b2b_saas_simple")
    seen = look(browser, out / "report.html", PHONE)
    assert seen.page.problems == []
    assert set(seen.charts) == {"funnel-chart", "scores-chart"}
    assert all(chart["marks"] for chart in seen.charts.values())
    text = " ".join(seen.page.evaluate("document.body.innerText").split())
    assert "Demo data: these leads are made up." in text
    assert "Model b2b_saas_simple, as of 30 June 2026." in text
    assert "There is no evaluation in this folder" in text
    for needed in ("evaluate", "backfill"):
        assert needed in ended.said
    # The terminal breaks a path that is longer than a line.
    assert f"Wrote{out}/report.html" in "".join(ended.out.split())
    assert len(seen.tables["Leads by rank"]) == 50


# What is refused


def test_without_the_library_it_says_how_to_install_it(reported: Reported, tmp_path: Path) -> None:
    (tmp_path / "vl_convert.py").write_text("raise ImportError")
    ended = score_leads(
        "report", "--out", reported.out, "--json", code=2, changes={"PYTHONPATH": str(tmp_path)}
    )
    assert "make setup-report" in ended.report["message"]


def test_a_file_of_somebody_else_is_not_overwritten(reported: Reported, tmp_path: Path) -> None:
    out = copied(reported.out, tmp_path / "out")
    (out / "report.html").write_text("<!doctype html>\nmine", encoding="utf-8")
    ended = score_leads("report", "--out", out, code=4)
    assert "was not made by report" in ended.said
    assert (out / "report.html").read_text(encoding="utf-8") == "<!doctype html>\nmine"


@pytest.mark.parametrize(
    ("database", "table", "remedy"),
    [
        (DATABASE, "lead_scoring__funnel_daily", "run again"),
        (DATABASE_NAME, "lead_scoring__evaluation_manifest", "evaluate again"),
    ],
)
def test_tables_of_another_version_are_refused(
    reported: Reported, keyboard: Any, tmp_path: Path, database: str, table: str, remedy: str
) -> None:
    out = copied(reported.out, tmp_path / "out")
    with duckdb.connect(str(out / database)) as connection:
        connection.execute(f"drop table {table}")
    before = reported.page.read_bytes()
    ended = keyboard.type("report", "--out", out, code=4)
    assert f"does not hold what this version shows; {remedy}" in ended.said
    assert (out / "report.html").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "nowhere"), "nothing has been published"),
        (("--out", "OUT", "--model", "fin"), "did you mean 'fine'?"),
    ],
)
def test_what_is_not_there_is_refused(
    reported: Reported, keyboard: Any, words: tuple[str, ...], said: str
) -> None:
    out = [reported.out if word == "OUT" else word for word in words]
    assert said in keyboard.type("report", *out, code=2).said
