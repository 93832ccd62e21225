"""The rules of the default model `b2b_saas`, as literals for the two data frame scripts."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class EventRule(NamedTuple):
    """A criterion that counts events, with its caps and its decay by age in days."""

    criterion_id: str
    event_type: str
    counted: str
    points: float
    window_days: int
    max_per_day: int | None
    max_occurrences: int
    decay: Callable[[Any], Any]


def half_life(days: int) -> Callable[[Any], Any]:
    """Return a decay by which half is left after so many days."""
    return lambda age: 0.5 ** (age / days)


def fading(days: int) -> Callable[[Any], Any]:
    """Return a decay that is even and leaves nothing after so many days."""
    return lambda age: 1 - age / days


def quarterly(age: Any) -> Any:
    """Take a quarter with every 30 days."""
    return 1 - 0.25 * (age // 30)


def none(age: Any) -> Any:
    """Leave everything, in the shape of the ages."""
    return 1 + 0 * age


EVENT_RULES = [
    EventRule("page_views", "page_view", "events", 1, 90, 5, 30, half_life(14)),
    EventRule("pricing_views", "page_view", "pricing", 6, 90, 2, 5, half_life(14)),
    EventRule("careers_views", "page_view", "careers", -6, 90, 1, 3, none),
    EventRule("email_opens", "email_open", "events", 0.5, 60, 1, 10, fading(60)),
    EventRule("email_clicks", "email_click", "events", 3, 90, 2, 10, fading(90)),
    EventRule("content_downloads", "content_download", "events", 6, 180, 2, 5, half_life(30)),
    EventRule("video_views", "video_watched", "long_videos", 4, 90, 1, 5, half_life(30)),
    EventRule("webinars", "webinar_attended", "events", 12, 180, 1, 3, half_life(30)),
    EventRule("demo_requests", "demo_request", "events", 40, 90, None, 1, quarterly),
    EventRule("trial_requests", "trial_start", "events", 35, 90, None, 1, quarterly),
    EventRule("product_usage", "product_usage", "events", 3, 60, 1, 20, half_life(14)),
    EventRule("unsubscribes", "unsubscribe", "events", -20, 180, None, 1, none),
    EventRule("bounces", "email_bounce", "events", -8, 180, 1, 2, none),
]
LONGEST_WINDOW = 180

ONE_OF = [
    ("seniority_executive", 30, "seniority", ["founder", "c_level", "vp"]),
    ("seniority_director", 24, "seniority", ["director"]),
    ("seniority_manager", 15, "seniority", ["manager"]),
    ("seniority_professional", 6, "seniority", ["senior", "specialist"]),
    ("function_core", 20, "job_function", ["marketing", "sales"]),
    ("function_adjacent", 12, "job_function", ["management", "data", "operations", "product"]),
    ("country_core", 10, "country_code", ["us", "ca", "gb", "ie", "de", "at", "ch"]),
    (
        "country_served", 6, "country_code",
        ["fr", "es", "it", "pt", "nl", "be", "se", "dk", "no", "fi", "pl"],
    ),
    ("free_email", -12, "is_free_email", [True]),
    ("student", -30, "seniority", ["student"]),
]  # fmt: skip
HAS_WORD = [
    (
        "industry_core", 15, "industry",
        ["software", "saas", "internet", "information technology", "computer"],
    ),
    (
        "industry_adjacent", 8, "industry",
        [
            "financial", "insurance", "telecommunications", "consulting", "professional services",
            "media",
        ],
    ),
    ("partner_sourced", 5, "lead_source", ["partner", "reseller"]),
]  # fmt: skip
BETWEEN = [
    ("company_small", 6, "company_size", 10, 49),
    ("company_mid", 20, "company_size", 50, 999),
    ("company_large", 14, "company_size", 1000, inf),
    ("budget_confirmed", 15, "budget", 25000, inf),
    ("budget_small", 7, "budget", 5000, 24999.99),
    ("video_minutes", 5, "video_minutes", 20, inf),
    ("active_often", 8, "recent_events", 10, inf),
    ("active_lately", 7, "days_since_visit", 0, 7),
    ("silent_60_days", -20, "days_silent", 60, inf),
]
# In the order of the rules' ids, as the reasons are listed.
EXCLUSIONS = [
    ("is_competitor", "competitor"),
    ("is_competitor_domain", "address of a competitor"),
    ("is_customer", "existing customer"),
    ("is_disposable_email", "disposable e-mail address"),
    ("is_unsubscribed", "unsubscribed"),
]
COMPETITOR_DOMAINS = ["rivalmetrics.example", "scorepeak.example"]

CRITERIA = {
    "seniority_executive": ("seniority", "Founder, executive or vice president"),
    "seniority_director": ("seniority", "Director or head of a department"),
    "seniority_manager": ("seniority", "Manager or team lead"),
    "seniority_professional": ("seniority", "Senior professional or specialist"),
    "function_core": ("job_function", "Works in marketing or sales"),
    "function_adjacent": ("job_function", "Works in management, data, operations or product"),
    "industry_core": ("company", "Software or internet company"),
    "industry_adjacent": ("company", "Industry next to our core"),
    "company_small": ("company", "Company of 10 to 49 people"),
    "company_mid": ("company", "Company of 50 to 999 people"),
    "company_large": ("company", "Company of 1000 people or more"),
    "country_core": ("location", "In a country with a sales team"),
    "country_served": ("location", "In a country that partners serve"),
    "budget_confirmed": ("budget", "Has a budget of 25000 a year or more"),
    "budget_small": ("budget", "Has a budget of 5000 to 25000 a year"),
    "partner_sourced": ("origin", "Referred by a partner"),
    "free_email": ("poor_fit", "Wrote from a free-mail address"),
    "student": ("poor_fit", "Student or intern"),
    "page_views": ("website", "Viewed pages of the website in the last 90 days"),
    "pricing_views": ("website", "Viewed the pricing page in the last 90 days"),
    "email_opens": ("email", "Opened e-mails in the last 60 days"),
    "email_clicks": ("email", "Clicked links in e-mails in the last 90 days"),
    "content_downloads": ("content", "Downloaded content in the last 180 days"),
    "video_views": ("content", "Watched a video for three minutes or more in the last 90 days"),
    "video_minutes": ("content", "Watched 20 minutes of video or more in the last 90 days"),
    "webinars": ("content", "Attended webinars in the last 180 days"),
    "demo_requests": ("intent", "Asked for a demo in the last 90 days"),
    "trial_requests": ("intent", "Started a trial in the last 90 days"),
    "product_usage": ("product", "Used the product in the last 60 days"),
    "active_often": ("rhythm", "Ten activities or more in the last 30 days"),
    "active_lately": ("rhythm", "Visited the website within a week"),
    "unsubscribes": ("poor_engagement", "Unsubscribed from a mailing in the last 180 days"),
    "bounces": ("poor_engagement", "E-mails bounced in the last 180 days"),
    "careers_views": ("poor_engagement", "Looked at our job openings in the last 90 days"),
    "silent_60_days": ("poor_engagement", "Silent for 60 days or more"),
}
# Dimension, whether the greatest counts in place of the sum, lower and upper limit.
GROUPS = {
    "seniority": ("fit", True, -inf, 30),
    "job_function": ("fit", True, -inf, 20),
    "company": ("fit", False, -inf, 35),
    "location": ("fit", True, -inf, 10),
    "budget": ("fit", True, -inf, 15),
    "origin": ("fit", False, -inf, 5),
    "poor_fit": ("fit", False, -40, inf),
    "website": ("engagement", False, -inf, 30),
    "email": ("engagement", False, -inf, 15),
    "content": ("engagement", False, -inf, 35),
    "intent": ("engagement", False, -inf, 60),
    "product": ("engagement", False, -inf, 25),
    "rhythm": ("engagement", False, -inf, 15),
    "poor_engagement": ("engagement", False, -50, inf),
}
