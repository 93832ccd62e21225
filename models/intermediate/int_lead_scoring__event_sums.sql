-- What each criterion counted for each lead before caps. Sums need no order, so this is one pass.
with

counted_events as (

    select * from {{ ref('int_lead_scoring__counted_events') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

totals as (

    select
        counted_events.as_of_date,
        counted_events.criterion_key,
        counted_events.lead_id,
        sum(counted_events.occurrences) as occurrences,
        sum(
            counted_events.worth * cast(counted_events.occurrences as {{ lead_scoring.type_decimal(20, 0) }})
        ) as points,
        sum(counted_events.amount) as amount,
        min(counted_events.event_date) as first_event_date,
        max(counted_events.event_date) as last_event_date
    from counted_events
    group by counted_events.as_of_date, counted_events.criterion_key, counted_events.lead_id

),

final as (

    select
        totals.as_of_date,
        totals.criterion_key,
        totals.lead_id,
        cast(totals.occurrences as bigint) as occurrences,
        cast(totals.points as {{ lead_scoring.type_decimal(38, 6) }}) as points,
        cast(totals.amount as {{ lead_scoring.type_decimal(38, 4) }}) as amount,
        totals.first_event_date,
        totals.last_event_date,
        coalesce(totals.occurrences > criteria.max_occurrences, false)
        or coalesce(totals.occurrences > criteria.max_per_day, false) as is_over_cap
    from totals
    inner join criteria on totals.criterion_key = criteria.criterion_key

)

select * from final
