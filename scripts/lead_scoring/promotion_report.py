"""How a promotion is shown: sentences, plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lead_scoring.configuration import MODELS, PROMOTIONS
from lead_scoring.figures import counted, period
from lead_scoring.scoring_run import DEMO

if TYPE_CHECKING:
    from lead_scoring.promotion import Evidence, Promotion


def evidence_sentence(evidence: Evidence) -> str:
    """Return by which evaluation is decided."""
    scope = evidence.scope
    data = (
        "the demo data, which says nothing of your leads"
        if evidence.manifest.inputs == DEMO
        else "the files"
    )
    when = period(scope["dates"], scope["first_date"], scope["last_date"])
    return (
        f"Evaluated at {evidence.manifest.evaluated_at} UTC on {data}: {when}, "
        f"{scope['leads']:,} leads, "
        f"{scope['conversions']:,} of {scope['lead_dates']:,} scores followed by a win within "
        f"{counted(scope['horizon_days'], 'day')}"
    )


def outcome_sentences(promotion: Promotion) -> list[str]:
    """Return what was done, and what is to be done now; nothing where it was refused."""
    model, folder = promotion.request.model, promotion.request.configuration
    if promotion.evidence is None:
        return [f"Model {model} is the champion of {folder} already; nothing was changed"]
    if not promotion.is_made:
        return []
    sentences = []
    if promotion.is_override:
        sentences.append(f"Overridden: {promotion.request.override}")
    elif promotion.request.override is not None:
        sentences.append("No override was needed; the reason is kept in the log all the same")
    return [
        *sentences,
        f"Model {model} is the champion of {folder} now, in place of {promotion.previous}",
        f"Wrote {MODELS.file_name} and the log, {PROMOTIONS.file_name}: keep them together. The "
        "next run exports the list of the new champion, and publishes the log",
    ]


def promotion_facts(promotion: Promotion) -> dict[str, Any]:
    """Return the promotion as plain values for a JSON report."""
    facts: dict[str, Any] = {
        "model": promotion.request.model,
        "config": str(promotion.request.configuration),
        "previous_champion": promotion.previous,
        "is_promoted": promotion.is_made,
        "is_override": promotion.is_override,
        "reason": promotion.request.override,
        "warnings": [problem.as_dict() for problem in promotion.warnings],
    }
    evidence = promotion.evidence
    if evidence is None:
        return {**facts, "verdict": None, "evaluated_at": None, "database": None, "comparison": []}
    return {
        **facts,
        "verdict": evidence.deciding["verdict"],
        "evaluated_at": evidence.manifest.evaluated_at,
        "database": str(evidence.database),
        "comparison": list(evidence.comparison),
    }
