-- A date that is kept in one of the marts over time is kept in all of them.
with

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

stage_rules as (

    select * from {{ ref('lead_scoring__stage_rules') }}

),

funnel_daily as (

    select * from {{ ref('lead_scoring__funnel_daily') }}

),

history_dates as (

    select distinct score_history.as_of_date
    from score_history

),

rule_dates as (

    select distinct stage_rules.as_of_date
    from stage_rules

),

funnel_dates as (

    select distinct funnel_daily.as_of_date
    from funnel_daily

),

final as (

    select
        history_dates.as_of_date,
        rule_dates.as_of_date is not null as has_rules,
        funnel_dates.as_of_date is not null as has_funnel
    from history_dates
    left join rule_dates on history_dates.as_of_date = rule_dates.as_of_date
    left join funnel_dates on history_dates.as_of_date = funnel_dates.as_of_date
    where
        rule_dates.as_of_date is null
        or funnel_dates.as_of_date is null

)

select * from final
