"""Whether somebody else's scores are those that the project published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

# Others count in doubles, so a figure may be rounded another way.
TOLERANCE = 0.0005


def disagreements(published: Path, scored: Path) -> dict[str, int]:
    """Return how many leads, and contributions of theirs, are not the same, by what differs.

    A rank may differ among leads whose scores are within the tolerance of each other.

    Args:
        published: The output folder of a run.
        scored: The folder of `ranked_leads.parquet` and `contributions.parquet`.
    """
    with duckdb.connect(":memory:") as connection:
        for name in ("ranked_leads", "contributions"):
            ours = published / "marts" / f"lead_scoring__{name}.parquet"
            connection.read_parquet(str(ours)).create_view(f"our_{name}")
            connection.read_parquet(str(scored / f"{name}.parquet")).create_view(f"their_{name}")
        leads = connection.execute(
            """
            select
                count(*) filter (ours.lead_id is null or theirs.lead_id is null) as leads,
                count(*) filter (abs(ours.score - theirs.score) > $tolerance) as scores,
                count(*) filter (ours.stage is distinct from theirs.stage) as stages,
                count(*) filter (
                    ours.grade is distinct from theirs.fit_band || theirs.engagement_band
                ) as grades,
                count(*) filter (
                    ours.score_rank is distinct from theirs.score_rank
                    and coalesce(abs(ours.score - holders.score) > $tolerance, true)
                ) as ranks,
                count(*) filter (
                    (ours.reason_1, ours.reason_2, ours.reason_3)
                    is distinct from (theirs.reason_1, theirs.reason_2, theirs.reason_3)
                ) as reasons,
                count(*) filter (ours.exclusion_reasons is distinct from theirs.exclusion_reasons)
                    as exclusions
            from our_ranked_leads as ours
            full join their_ranked_leads as theirs on ours.lead_id = theirs.lead_id
            left join our_ranked_leads as holders on theirs.score_rank = holders.score_rank
            """,
            {"tolerance": TOLERANCE},
        )
        names = [column[0] for column in leads.description]
        found = dict(zip(names, leads.fetchall()[0], strict=True))
        contributions = connection.execute(
            """
            select count(*)
            from our_contributions as ours
            full join their_contributions as theirs
                on ours.lead_id = theirs.lead_id and ours.criterion_id = theirs.criterion_id
            where
                ours.occurrences is distinct from theirs.occurrences
                or coalesce(abs(ours.points - theirs.points) > $tolerance, true)
            """,
            {"tolerance": TOLERANCE},
        )
        return found | {"contributions": contributions.fetchall()[0][0]}
