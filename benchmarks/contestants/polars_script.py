"""Scores leads with polars, lazily and streaming, and writes the two results as Parquet."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import polars as pl

import rules

DAY = ["event_id", "event_date"]


def words(column: str) -> pl.Expr:
    """Return the words of a text in lower case with a space around each."""
    spaced = pl.col(column).str.to_lowercase().str.replace_all(r"[^\p{L}\p{Nd}]+", " ")
    return pl.concat_str(pl.lit(" "), spaced.str.strip_chars(" "), pl.lit(" "))


def read_events(files: str, as_of: date) -> pl.LazyFrame:
    """Return the events up to the date, without those delivered again."""
    event_date = pl.col("occurred_at").dt.date()
    events = pl.scan_parquet(files).with_columns(event_date=event_date)
    events = events.filter(pl.col("event_date") <= as_of)
    repeated = events.group_by(DAY).len().filter(pl.col("len") > 1).select(DAY)
    kept = (
        events.join(repeated, on=DAY, how="semi")
        .sort(
            "loaded_at", "occurred_at", "lead_id", "event_type",
            descending=[True, False, False, False], nulls_last=True,
        )
        .unique(DAY, keep="first", maintain_order=True)
    )  # fmt: skip
    url = pl.col("page_url").str.to_lowercase()
    return pl.concat([events.join(repeated, on=DAY, how="anti"), kept]).select(
        "lead_id",
        "event_type",
        "event_date",
        "value",
        age=(pl.lit(as_of) - pl.col("event_date")).dt.total_days(),
        is_pricing=url.str.contains("/pricing", literal=True),
        is_careers=url.str.contains("/careers", literal=True),
    )


def summarise(events: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what each lead did in all, and what it did on each day of the windows."""
    age, event_type = pl.col("age"), pl.col("event_type")
    is_watched = (event_type == "video_watched") & (age < 90)
    habits = events.group_by("lead_id").agg(
        last_engaged_on=pl.col("event_date").max(),
        days_silent=age.min(),
        days_since_visit=age.filter(event_type == "page_view").min(),
        recent_events=(age < 30).sum(),
        video_minutes=pl.col("value").filter(is_watched).sum().round(4, mode="half_away_from_zero"),
    )
    daily = (
        events.filter(age < rules.LONGEST_WINDOW)
        .group_by("lead_id", "event_type", "event_date", "age")
        .agg(
            events=pl.len(),
            pricing=pl.col("is_pricing").sum(),
            careers=pl.col("is_careers").sum(),
            long_videos=(pl.col("value") >= 3).sum(),
        )
    )
    first, second = pl.collect_all([habits, daily], engine="streaming")
    return first, second


def count_events(daily: pl.DataFrame) -> pl.DataFrame:
    """Return what each criterion counted within its caps, newest day first."""
    counted = pl.concat(
        daily.lazy()
        .filter(
            pl.col("event_type") == rule.event_type,
            pl.col("age") < rule.window_days,
            pl.col(rule.counted) > 0,
        )
        .select(
            "lead_id",
            "event_date",
            criterion_id=pl.lit(rule.criterion_id),
            n=pl.col(rule.counted).cast(pl.Int64).clip(upper_bound=rule.max_per_day),
            most=pl.lit(rule.max_occurrences, pl.Int64),
            worth=(rule.points * rule.decay(pl.col("age")))
            .cast(pl.Float64)
            .round(6, mode="half_away_from_zero"),
        )
        for rule in rules.EVENT_RULES
    )
    keys = ["lead_id", "criterion_id"]
    newer = pl.col("n").cum_sum().over(keys) - pl.col("n")
    return (
        counted.sort("event_date", descending=True)
        .with_columns(newer=newer)
        .filter(pl.col("newer") < pl.col("most"))
        .with_columns(n=pl.min_horizontal(pl.col("n"), pl.col("most") - pl.col("newer")))
        .group_by(keys)
        .agg(
            occurrences=pl.col("n").sum(),
            points=(pl.col("n") * pl.col("worth")).sum().round(6, mode="half_away_from_zero"),
            first_event_date=pl.col("event_date").min(),
            last_event_date=pl.col("event_date").max(),
        )
        .collect(engine="streaming")
    )


def read_people(file: str, as_of: date, reference: Path, habits: pl.DataFrame) -> pl.DataFrame:
    """Return the leads of the date with what is told by their titles, addresses and events."""
    leads = pl.read_parquet(file).filter(
        pl.col("created_at").is_null() | (pl.col("created_at").dt.date() <= as_of)
    )
    email_domain = pl.col("email").str.split("@").list.last().str.to_lowercase()
    titles = leads.select("job_title").drop_nulls().unique().with_columns(words=words("job_title"))
    phrases = pl.read_csv(reference / "lead_scoring__title_words.csv")
    told = (
        titles.join(phrases, how="cross")
        .filter(
            pl.col("words").str.contains(
                pl.concat_str(pl.lit(" "), "phrase", pl.lit(" ")), literal=True
            )
        )
        .sort("priority")
        .group_by("job_title")
        .agg(
            pl.col("result").filter(pl.col("attribute") == attribute).first().alias(attribute)
            for attribute in ("seniority", "job_function")
        )
    )
    countries = pl.read_csv(reference / "lead_scoring__country_names.csv")
    return (
        leads.with_columns(
            email_domain=email_domain,
            country_name=words("country").str.strip_chars(" "),
            industry=words("industry"),
            lead_source=words("lead_source"),
        )
        .join(told, on="job_title", how="left")
        .join(countries, on="country_name", how="left")
        .join(habits, on="lead_id", how="left")
        .with_columns(
            country_code=pl.col("country_code").str.to_lowercase(),
            is_free_email=is_listed(reference / "lead_scoring__free_email_domains.csv"),
            is_disposable_email=is_listed(reference / "lead_scoring__disposable_email_domains.csv"),
            is_competitor_domain=pl.col("email_domain").is_in(rules.COMPETITOR_DOMAINS),
        )
        .with_columns(
            exclusion_reasons=pl.concat_str(
                [
                    pl.when(pl.col(column)).then(pl.lit(reason))
                    for column, reason in rules.EXCLUSIONS
                ],
                separator="; ",
                ignore_nulls=True,
            ).replace("", None)
        )
    )


def is_listed(file: Path) -> pl.Expr:
    """Return whether an address's domain is in a list."""
    return pl.col("email_domain").is_in(pl.read_csv(file)["email_domain"].to_list())


def match_attributes(people: pl.DataFrame) -> pl.DataFrame:
    """Return what each lead earned for what it is, and for the figures of its events."""
    conditions = [
        *((name, points, pl.col(of).is_in(listed)) for name, points, of, listed in rules.ONE_OF),
        *(
            (name, points, pl.col(of).str.contains_any([f" {item} " for item in listed]))
            for name, points, of, listed in rules.HAS_WORD
        ),
        *(
            (name, points, pl.col(of).is_between(low, high))
            for name, points, of, low, high in rules.BETWEEN
        ),
    ]
    return pl.concat(
        people.filter(is_met).select(
            "lead_id",
            criterion_id=pl.lit(name),
            occurrences=pl.lit(1, pl.Int64),
            points=pl.lit(points, pl.Float64),
            first_event_date=pl.lit(None, pl.Date),
            last_event_date=pl.lit(None, pl.Date),
        )
        for name, points, is_met in conditions
    )


def add_points(contributions: pl.DataFrame) -> pl.DataFrame:
    """Return the fit and engagement points of each lead, and who came through a partner."""
    groups = pl.DataFrame(
        [(name, *limits) for name, limits in rules.GROUPS.items()],
        schema={
            "group_id": pl.String, "dimension": pl.String, "is_greatest": pl.Boolean,
            "low": pl.Float64, "high": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    limited = (
        contributions.group_by("lead_id", "group_id")
        .agg(total=pl.col("points").sum(), greatest=pl.col("points").max())
        .join(groups, on="group_id")
        .with_columns(
            points=pl.when("is_greatest")
            .then("greatest")
            .otherwise("total")
            .clip(pl.col("low"), pl.col("high"))
        )
    )
    partner_sourced = contributions.filter(pl.col("criterion_id") == "partner_sourced")
    return (
        limited.group_by("lead_id")
        .agg(
            pl.col("points").filter(pl.col("dimension") == dimension).sum().alias(dimension)
            for dimension in ("fit", "engagement")
        )
        .with_columns(
            is_partner_sourced=pl.col("lead_id").is_in(partner_sourced["lead_id"].implode())
        )
    )


def rank(people: pl.DataFrame, added: pl.DataFrame, contributions: pl.DataFrame) -> pl.DataFrame:
    """Return the list: scores, bands, stages, ranks and the three best reasons."""
    reasons = (
        contributions.filter(pl.col("points") > 0)
        .sort("points", "criterion_id", descending=[True, False])
        .group_by("lead_id", maintain_order=True)
        .agg(
            pl.col("description").get(place - 1, null_on_oob=True).alias(f"reason_{place}")
            for place in (1, 2, 3)
        )
    )
    fit, engagement, score = (pl.col(name) for name in ("fit_points", "engagement_points", "score"))
    is_qualified = (score >= 37) & (fit >= 30) & (engagement >= 18)
    stage = (
        pl.when(pl.col("exclusion_reasons").is_not_null())
        .then(pl.lit("disqualified"))
        .when((score >= 60) & (fit >= 45) & (engagement >= 45))
        .then(pl.lit("sql"))
        .when(is_qualified & pl.col("is_partner_sourced"))
        .then(pl.lit("eql"))
        .when(is_qualified)
        .then(pl.lit("mql"))
        .when((score >= 16) & (engagement >= 3))
        .then(pl.lit("lead"))
        .otherwise(pl.lit("prospect"))
    )
    graded = (
        people.select("lead_id", "exclusion_reasons", "last_engaged_on")
        .join(added, on="lead_id", how="left")
        .join(reasons, on="lead_id", how="left")
        .with_columns(
            pl.col("fit", "engagement")
            .fill_null(0)
            .clip(upper_bound=100)
            .round(4, mode="half_away_from_zero"),
            pl.col("is_partner_sourced").fill_null(value=False),
        )
        .rename({"fit": "fit_points", "engagement": "engagement_points"})
        .with_columns(
            score=(0.4 * fit + 0.6 * engagement).clip(0, 100).round(4, mode="half_away_from_zero")
        )
        .with_columns(
            stage=stage,
            fit_band=pl.when(fit >= 70)
            .then(pl.lit("A"))
            .when(fit >= 50)
            .then(pl.lit("B"))
            .when(fit >= 25)
            .then(pl.lit("C"))
            .otherwise(pl.lit("D")),
            engagement_band=pl.when(engagement >= 60)
            .then(pl.lit("1"))
            .when(engagement >= 25)
            .then(pl.lit("2"))
            .when(engagement >= 8)
            .then(pl.lit("3"))
            .otherwise(pl.lit("4")),
        )
    )
    is_ranked = pl.col("exclusion_reasons").is_null()
    return (
        graded.sort(
            is_ranked, "score", "engagement_points", "last_engaged_on", "lead_id",
            descending=[True, True, True, True, False], nulls_last=True,
        )
        .with_columns(score_rank=pl.when(is_ranked).then(pl.int_range(1, pl.len() + 1)))
        .drop("is_partner_sourced")
    )  # fmt: skip


def score_leads(leads: str, events: str, as_of: date, reference: Path, out: Path) -> None:
    """Write `contributions.parquet` and `ranked_leads.parquet` to a folder."""
    out.mkdir(parents=True, exist_ok=True)
    habits, daily = summarise(read_events(events, as_of))
    people = read_people(leads, as_of, reference, habits)
    criteria = pl.DataFrame(
        [(name, *told) for name, told in rules.CRITERIA.items()],
        schema=["criterion_id", "group_id", "description"],
        orient="row",
    )
    contributions = (
        pl.concat([count_events(daily), match_attributes(people)])
        .join(people.select("lead_id"), on="lead_id", how="semi")
        .join(criteria, on="criterion_id")
    )
    contributions.write_parquet(out / "contributions.parquet")
    ranked = rank(people, add_points(contributions), contributions)
    ranked.write_parquet(out / "ranked_leads.parquet")


if __name__ == "__main__":
    leads, events, as_of, reference, out = sys.argv[1:]
    score_leads(leads, events, date.fromisoformat(as_of), Path(reference), Path(out))
