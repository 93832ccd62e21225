"""The names that the contract fixes: the columns of the input relations, the derived attributes."""

from __future__ import annotations

from collections.abc import Mapping

# What a lead has and may change.
_ATTRIBUTES = (
    "updated_at",
    "full_name",
    "first_name",
    "last_name",
    "email",
    "job_title",
    "company_name",
    "company_domain",
    "industry",
    "country",
    "region",
    "lead_source",
    "account_id",
    "company_size",
    "annual_revenue",
    "is_customer",
    "is_employee",
    "is_competitor",
    "is_unsubscribed",
)
RELATIONS: Mapping[str, tuple[str, ...]] = {
    "leads": ("lead_id", "created_at", *_ATTRIBUTES),
    "events": (
        "event_id",
        "lead_id",
        "event_type",
        "occurred_at",
        "loaded_at",
        "channel",
        "campaign",
        "content",
        "page_url",
        "value",
    ),
    "outcomes": ("lead_id", "outcome", "occurred_at", "revenue"),
    "lead_history": ("lead_id", "valid_from", "valid_to", *_ATTRIBUTES),
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "leads": ("lead_id",),
    "events": ("event_id", "lead_id", "event_type", "occurred_at"),
    "outcomes": ("lead_id", "outcome", "occurred_at"),
    "lead_history": ("lead_id", "valid_from"),
}
TRIMMED = " \t\n\v\f\r\u00a0\u200b\u200c\u200d\ufeff"
"""What the contract trims from either end of a text."""
DERIVED_ATTRIBUTES = (
    "email_domain",
    "is_free_email",
    "is_disposable_email",
    "seniority",
    "job_function",
    "country_code",
    "lead_age_days",
)


def trimmed(text: str) -> str | None:
    """Return the text as the contract trims it, None where nothing is left."""
    return text.strip(TRIMMED) or None
