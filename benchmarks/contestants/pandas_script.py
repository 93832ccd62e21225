"""Scores leads with pandas, and writes the two results as Parquet."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

import rules

DAY = ["event_id", "event_date"]
RULE = ["lead_id", "criterion_id"]


def words(texts: pd.Series) -> pd.Series:
    """Return the words of texts in lower case with a space around each."""
    spaced = texts.str.lower().str.replace(r"[\W_]+", " ", regex=True).str.strip()
    return " " + spaced + " "


def read_events(files: str, as_of: date) -> pd.DataFrame:
    """Return the events up to the date, without those delivered again."""
    columns = [
        "event_id", "lead_id", "event_type", "occurred_at", "loaded_at", "page_url", "value",
    ]  # fmt: skip
    paths = sorted(Path(files).parent.glob(Path(files).name))
    events = pd.concat(
        (pd.read_parquet(path, columns=columns) for path in paths), ignore_index=True
    )
    events["event_date"] = events["occurred_at"].dt.normalize()
    events = events[events["event_date"] <= pd.Timestamp(as_of)]
    is_repeated = events.duplicated(DAY, keep=False)
    kept = (
        events[is_repeated]
        .sort_values(
            ["loaded_at", "occurred_at", "lead_id", "event_type"],
            ascending=[False, True, True, True],
            na_position="last",
        )
        .drop_duplicates(DAY)
    )
    events = pd.concat([events[~is_repeated], kept]).drop(
        columns=["event_id", "occurred_at", "loaded_at"]
    )
    events["age"] = (pd.Timestamp(as_of) - events["event_date"]).dt.days
    return events


def sum_up(events: pd.DataFrame) -> pd.DataFrame:
    """Return what each lead did in all."""
    by_lead = events.groupby("lead_id")
    is_watched = (events["event_type"] == "video_watched") & (events["age"] < 90)
    return pd.DataFrame(
        {
            "last_engaged_on": by_lead["event_date"].max(),
            "days_silent": by_lead["age"].min(),
            "days_since_visit": events[events["event_type"] == "page_view"]
            .groupby("lead_id")["age"]
            .min(),
            "recent_events": events[events["age"] < 30].groupby("lead_id").size(),
            "video_minutes": events[is_watched].groupby("lead_id")["value"].sum().round(4),
        }
    ).reset_index()


def count_by_day(events: pd.DataFrame) -> pd.DataFrame:
    """Return what each lead did on each day of the windows."""
    recent = events[events["age"] < rules.LONGEST_WINDOW]
    url = recent["page_url"].str.lower()
    recent = recent.assign(
        events=1,
        pricing=url.str.contains("/pricing", regex=False).fillna(False).astype(int),
        careers=url.str.contains("/careers", regex=False).fillna(False).astype(int),
        long_videos=(recent["value"] >= 3).astype(int),
    )
    counts = ["events", "pricing", "careers", "long_videos"]
    return (
        recent.groupby(["lead_id", "event_type", "event_date", "age"])[counts].sum().reset_index()
    )


def count_events(daily: pd.DataFrame) -> pd.DataFrame:
    """Return what each criterion counted within its caps, newest day first."""
    parts = []
    for rule in rules.EVENT_RULES:
        days = daily[
            (daily["event_type"] == rule.event_type)
            & (daily["age"] < rule.window_days)
            & (daily[rule.counted] > 0)
        ]
        part = days[["lead_id", "event_date"]].assign(
            criterion_id=rule.criterion_id,
            n=days[rule.counted].clip(upper=rule.max_per_day),
            most=rule.max_occurrences,
            worth=(rule.points * rule.decay(days["age"])).round(6),
        )
        parts.append(part)
    counted = pd.concat(parts).sort_values("event_date", ascending=False)
    counted["newer"] = counted.groupby(RULE)["n"].cumsum() - counted["n"]
    counted = counted[counted["newer"] < counted["most"]]
    counted["n"] = np.minimum(counted["n"], counted["most"] - counted["newer"])
    counted["points"] = counted["n"] * counted["worth"]
    earned = counted.groupby(RULE).agg(
        occurrences=("n", "sum"),
        points=("points", "sum"),
        first_event_date=("event_date", "min"),
        last_event_date=("event_date", "max"),
    )
    earned["points"] = earned["points"].round(6)
    return earned.reset_index()


def read_titles(titles: pd.Series, reference: Path) -> pd.DataFrame:
    """Return the seniority and the job function that each distinct title tells."""
    phrases = pd.read_csv(reference / "lead_scoring__title_words.csv", keep_default_na=False)
    phrases = phrases.sort_values("priority")
    distinct = titles.dropna().drop_duplicates()
    told = pd.DataFrame({"job_title": distinct})
    for attribute, rows in phrases.groupby("attribute"):
        ranked = [
            (f" {phrase} ", result)
            for phrase, result in zip(rows["phrase"], rows["result"], strict=True)
        ]
        told[attribute] = [
            next((result for phrase, result in ranked if phrase in title), None)
            for title in words(distinct)
        ]
    return told


def read_people(file: str, as_of: date, reference: Path, habits: pd.DataFrame) -> pd.DataFrame:
    """Return the leads of the date with what is told by their titles, addresses and events."""
    people = pd.read_parquet(file)
    day_after = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    people = people[people["created_at"].isna() | (people["created_at"] < day_after)]
    countries = pd.read_csv(reference / "lead_scoring__country_names.csv", keep_default_na=False)
    people = people.assign(
        email_domain=people["email"].str.rsplit("@", n=1).str[-1].str.lower(),
        country_name=words(people["country"]).str.strip(),
        industry=words(people["industry"]),
        lead_source=words(people["lead_source"]),
    )
    people = (
        people.merge(read_titles(people["job_title"], reference), on="job_title", how="left")
        .merge(countries, on="country_name", how="left")
        .merge(habits, on="lead_id", how="left")
    )
    domain = people["email_domain"]
    people = people.assign(
        country_code=people["country_code"].str.lower(),
        is_free_email=domain.isin(domains(reference, "free")),
        is_disposable_email=domain.isin(domains(reference, "disposable")),
        is_competitor_domain=domain.isin(rules.COMPETITOR_DOMAINS),
    )
    reasons = pd.Series("", index=people.index)
    for column, reason in rules.EXCLUSIONS:
        is_met = people[column].fillna(False).astype(bool)
        reasons += np.where(is_met, np.where(reasons == "", reason, "; " + reason), "")
    return people.assign(exclusion_reasons=reasons.mask(reasons == "", None))


def domains(reference: Path, kind: str) -> pd.Series:
    """Return the domains of one kind of mail provider."""
    file = reference / f"lead_scoring__{kind}_email_domains.csv"
    return pd.read_csv(file, keep_default_na=False)["email_domain"]


def match_attributes(people: pd.DataFrame) -> pd.DataFrame:
    """Return what each lead earned for what it is, and for the figures of its events."""
    conditions = [
        *((name, points, people[of].isin(listed)) for name, points, of, listed in rules.ONE_OF),
        *(
            (name, points, people[of].str.contains("|".join(f" {item} " for item in listed)))
            for name, points, of, listed in rules.HAS_WORD
        ),
        *(
            (name, points, people[of].between(low, high))
            for name, points, of, low, high in rules.BETWEEN
        ),
    ]
    return pd.concat(
        people.loc[is_met.fillna(False).astype(bool), ["lead_id"]].assign(
            criterion_id=name, occurrences=1, points=float(points)
        )
        for name, points, is_met in conditions
    )


def add_points(contributions: pd.DataFrame) -> pd.DataFrame:
    """Return the fit and engagement points of each lead, and who came through a partner."""
    groups = contributions.groupby(["lead_id", "group_id"])["points"].agg(["sum", "max"])
    groups = groups.reset_index()
    limits = pd.DataFrame.from_dict(
        rules.GROUPS, orient="index", columns=["dimension", "is_greatest", "low", "high"]
    )
    groups = groups.merge(limits, left_on="group_id", right_index=True)
    chosen = groups["max"].where(groups["is_greatest"], groups["sum"])
    groups["points"] = chosen.clip(groups["low"], groups["high"])
    added = groups.pivot_table(
        index="lead_id", columns="dimension", values="points", aggfunc="sum", fill_value=0
    )
    is_partner = contributions["criterion_id"] == "partner_sourced"
    return added.assign(
        is_partner_sourced=added.index.isin(contributions.loc[is_partner, "lead_id"])
    ).reset_index()


def rounded(figures: pd.Series) -> pd.Series:
    """Return figures to four decimals, halves away from zero."""
    return np.sign(figures) * np.floor(figures.abs() * 10_000 + 0.5 + 1e-7) / 10_000


def rank(people: pd.DataFrame, added: pd.DataFrame, contributions: pd.DataFrame) -> pd.DataFrame:
    """Return the list: scores, bands, stages, ranks and the three best reasons."""
    best = contributions[contributions["points"] > 0].sort_values(
        ["points", "criterion_id"], ascending=[False, True]
    )
    best = best.assign(place=best.groupby("lead_id").cumcount() + 1)
    reasons = best[best["place"] <= 3].pivot(index="lead_id", columns="place", values="description")
    reasons = reasons.reindex(columns=[1, 2, 3]).add_prefix("reason_").reset_index()
    ranked = (
        people[["lead_id", "exclusion_reasons", "last_engaged_on"]]
        .merge(added, on="lead_id", how="left")
        .merge(reasons, on="lead_id", how="left")
    )
    fit = rounded(ranked.pop("fit").fillna(0).clip(upper=100))
    engagement = rounded(ranked.pop("engagement").fillna(0).clip(upper=100))
    score = rounded((0.4 * fit + 0.6 * engagement).clip(0, 100))
    is_partner_sourced = ranked.pop("is_partner_sourced").fillna(False).astype(bool)
    is_qualified = (score >= 37) & (fit >= 30) & (engagement >= 18)
    is_excluded = ranked["exclusion_reasons"].notna()
    ranked = ranked.assign(
        fit_points=fit,
        engagement_points=engagement,
        score=score,
        fit_band=np.select([fit >= 70, fit >= 50, fit >= 25], ["A", "B", "C"], "D"),
        engagement_band=np.select(
            [engagement >= 60, engagement >= 25, engagement >= 8], ["1", "2", "3"], "4"
        ),
        stage=np.select(
            [
                is_excluded,
                (score >= 60) & (fit >= 45) & (engagement >= 45),
                is_qualified & is_partner_sourced,
                is_qualified,
                (score >= 16) & (engagement >= 3),
            ],
            ["disqualified", "sql", "eql", "mql", "lead"],
            "prospect",
        ),
        is_excluded=is_excluded,
    ).sort_values(
        ["is_excluded", "score", "engagement_points", "last_engaged_on", "lead_id"],
        ascending=[True, False, False, False, True],
        na_position="last",
    )
    places = pd.Series(np.arange(1, len(ranked) + 1), index=ranked.index, dtype="Int64")
    ranked["score_rank"] = places.mask(ranked.pop("is_excluded"))
    return ranked


def score_leads(leads: str, events: str, as_of: date, reference: Path, out: Path) -> None:
    """Write `contributions.parquet` and `ranked_leads.parquet` to a folder."""
    out.mkdir(parents=True, exist_ok=True)
    accepted = read_events(events, as_of)
    habits, daily = sum_up(accepted), count_by_day(accepted)
    people = read_people(leads, as_of, reference, habits)
    criteria = pd.DataFrame.from_dict(
        rules.CRITERIA, orient="index", columns=["group_id", "description"]
    )
    contributions = pd.concat([count_events(daily), match_attributes(people)])
    contributions = contributions[contributions["lead_id"].isin(people["lead_id"])]
    contributions = contributions.merge(criteria, left_on="criterion_id", right_index=True)
    contributions.to_parquet(out / "contributions.parquet", index=False)
    ranked = rank(people, add_points(contributions), contributions)
    ranked.to_parquet(out / "ranked_leads.parquet", index=False)


if __name__ == "__main__":
    leads, events, as_of, reference, out = sys.argv[1:]
    score_leads(leads, events, date.fromisoformat(as_of), Path(reference), Path(out))
