-- Within a model and date the ranks are 1, 2, 3… and excluded leads have none.
with

ranked_leads as (

    select * from {{ ref('lead_scoring__ranked_leads') }}

),

final as (

    select
        ranked_leads.as_of_date,
        ranked_leads.model_id,
        count(ranked_leads.score_rank) as ranks,
        count(distinct ranked_leads.score_rank) as different_ranks,
        min(ranked_leads.score_rank) as first_rank,
        max(ranked_leads.score_rank) as last_rank,
        count(case when ranked_leads.is_excluded != (ranked_leads.score_rank is null) then 1 end) as misplaced_ranks,
        count(case when (ranked_leads.stage in ('customer', 'disqualified')) != ranked_leads.is_excluded then 1 end)
            as misplaced_stages,
        count(case when ranked_leads.score_percentile between 0 and 100 then 1 end) as percentiles
    from ranked_leads
    group by ranked_leads.as_of_date, ranked_leads.model_id
    having
        count(ranked_leads.score_rank) != count(distinct ranked_leads.score_rank)
        or min(ranked_leads.score_rank) != 1
        or max(ranked_leads.score_rank) != count(ranked_leads.score_rank)
        or count(case when ranked_leads.is_excluded != (ranked_leads.score_rank is null) then 1 end) != 0
        or count(
            case when (ranked_leads.stage in ('customer', 'disqualified')) != ranked_leads.is_excluded then 1 end
        ) != 0
        or count(case when ranked_leads.score_percentile between 0 and 100 then 1 end) != count(ranked_leads.score_rank)

)

select * from final
