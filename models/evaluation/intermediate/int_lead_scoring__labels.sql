-- What came of each lead that exists on a date, within the horizon after it, and why a lead is left out
-- of the evaluation. A lead is decided by its first outcome, won or lost.
with

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

outcomes as (

    select * from {{ ref('int_lead_scoring__outcomes') }}
    where rejection_reason is null

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

horizons as (

    select
        scoring_dates.as_of_date,
        cast(
            {{ dbt.dateadd('day', lead_scoring.horizon_days(), 'scoring_dates.as_of_date') }} as date
        ) as horizon_ends_on
    from scoring_dates

),

decisions as (

    select
        outcomes.lead_id,
        min(outcomes.outcome_date) as decided_on,
        min(case when outcomes.outcome = 'won' then outcomes.outcome_date end) as won_on
    from outcomes
    group by outcomes.lead_id

),

revenues as (

    select
        horizons.as_of_date,
        outcomes.lead_id,
        sum(outcomes.revenue) as revenue
    from outcomes
    inner join horizons
        on
            outcomes.outcome_date > horizons.as_of_date
            and outcomes.outcome_date <= horizons.horizon_ends_on
    where outcomes.outcome = 'won'
    group by horizons.as_of_date, outcomes.lead_id

),

final as (

    select
        scored_leads.as_of_date,
        scored_leads.lead_id,
        {{ lead_scoring.lead_group('scored_leads.lead_id') }} as lead_group,
        leads.lead_source,
        leads.country_code,
        case
            when horizons.horizon_ends_on > cast('{{ lead_scoring.known_until() }}' as date) then 'horizon_not_over'
            when leads.created_at is null then 'unknown_created_at'
            when decisions.decided_on <= scored_leads.as_of_date then 'decided'
        end as left_out_because,
        case when decisions.won_on <= horizons.horizon_ends_on then 1 else 0 end as conversions,
        case
            when decisions.won_on <= horizons.horizon_ends_on
                then {{ dbt.datediff('scored_leads.as_of_date', 'decisions.won_on', 'day') }}
        end as days_to_conversion,
        revenues.revenue
    from scored_leads
    inner join leads on scored_leads.lead_id = leads.lead_id
    inner join horizons on scored_leads.as_of_date = horizons.as_of_date
    left join decisions on scored_leads.lead_id = decisions.lead_id
    left join revenues
        on
            scored_leads.as_of_date = revenues.as_of_date
            and scored_leads.lead_id = revenues.lead_id

)

select * from final
