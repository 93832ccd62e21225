-- The leads of a date's funnel are the scored leads of the date, each in one stage with memory.
with

ranked_leads as (

    select * from {{ ref('lead_scoring__ranked_leads') }}

),

funnel_daily as (

    select * from {{ ref('lead_scoring__funnel_daily') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

counted as (

    select
        ranked_leads.as_of_date,
        ranked_leads.model_id,
        ranked_leads.lifecycle_stage as stage,
        count(*) as leads_scored,
        0 as leads_counted
    from ranked_leads
    group by ranked_leads.as_of_date, ranked_leads.model_id, ranked_leads.lifecycle_stage

    union all

    select
        funnel_daily.as_of_date,
        funnel_daily.model_id,
        funnel_daily.stage,
        0 as leads_scored,
        funnel_daily.leads as leads_counted
    from funnel_daily
    inner join scoring_dates on funnel_daily.as_of_date = scoring_dates.as_of_date

),

final as (

    select
        counted.as_of_date,
        counted.model_id,
        counted.stage,
        sum(counted.leads_scored) as leads_scored,
        sum(counted.leads_counted) as leads_counted
    from counted
    group by counted.as_of_date, counted.model_id, counted.stage
    having sum(counted.leads_scored) != sum(counted.leads_counted)

)

select * from final
