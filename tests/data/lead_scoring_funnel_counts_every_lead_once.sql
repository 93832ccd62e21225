-- The leads of a date's funnel are the scored leads of the date, each in one stage with memory.
with

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

lifecycle_stages as (

    select * from {{ ref('int_lead_scoring__lifecycle_stages') }}

),

funnel_daily as (

    select * from {{ ref('lead_scoring__funnel_daily') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

counted as (

    select
        score_history.as_of_date,
        score_history.model_id,
        lifecycle_stages.lifecycle_stage as stage,
        count(*) as leads_scored,
        0 as leads_counted
    from score_history
    inner join scoring_dates on score_history.as_of_date = scoring_dates.as_of_date
    left join lifecycle_stages
        on
            score_history.as_of_date = lifecycle_stages.as_of_date
            and score_history.model_id = lifecycle_stages.model_id
            and score_history.lead_id = lifecycle_stages.lead_id
    group by score_history.as_of_date, score_history.model_id, lifecycle_stages.lifecycle_stage

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
