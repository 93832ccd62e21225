-- The order of the leads within model and date. Excluded leads stand behind the others in it, so the
-- others are numbered without gaps.
with

graded_leads as (

    select * from {{ ref('int_lead_scoring__graded_leads') }}

),

last_engagements as (

    select * from {{ ref('int_lead_scoring__last_engagements') }}

),

dated as (

    select
        graded_leads.*,
        last_engagements.last_engaged_on
    from graded_leads
    left join last_engagements
        on
            graded_leads.as_of_date = last_engagements.as_of_date
            and graded_leads.lead_id = last_engagements.lead_id

),

numbered as (

    select
        dated.*,
        row_number() over (
            partition by dated.as_of_date, dated.model_id
            order by
                dated.is_excluded asc,
                dated.score desc,
                dated.engagement_points desc,
                dated.last_engaged_on desc nulls last,
                {{ lead_scoring.in_byte_order('dated.lead_id') }} asc
        ) as position_in_order,
        sum(case when dated.is_excluded then 0 else 1 end) over (
            partition by dated.as_of_date, dated.model_id
        ) as ranked_leads
    from dated

),

ranked as (

    select
        numbered.*,
        case when not numbered.is_excluded then cast(numbered.position_in_order as bigint) end as score_rank
    from numbered

),

final as (

    select
        ranked.as_of_date,
        ranked.model_id,
        ranked.lead_id,
        ranked.score_rank,
        case
            when ranked.score_rank is null then null
            when ranked.ranked_leads = 1 then 100
            else
                cast(
                    (
                        100 * (ranked.ranked_leads - ranked.score_rank)
                        - mod(100 * (ranked.ranked_leads - ranked.score_rank), ranked.ranked_leads - 1)
                    ) / (ranked.ranked_leads - 1)
                    as integer
                )
        end as score_percentile,
        ranked.score,
        ranked.fit_points,
        ranked.engagement_points,
        ranked.fit_band,
        ranked.engagement_band,
        ranked.fit_band || ranked.engagement_band as grade,
        ranked.stage,
        ranked.candidate_stage,
        ranked.held_stages,
        ranked.is_excluded,
        ranked.exclusion_reasons,
        ranked.last_engaged_on
    from ranked

)

select * from final
