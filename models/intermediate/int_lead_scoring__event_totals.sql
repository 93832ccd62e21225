-- What each criterion counted for each lead, within its caps. Only pairs of lead and criterion with
-- more occurrences than a cap allows are counted day by day, newest first.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

within_cap as (

    select * from {{ ref('int_lead_scoring__event_sums') }}
    where not is_over_cap

),

over_cap as (

    select * from {{ ref('int_lead_scoring__event_sums') }}
    where is_over_cap

),

counted_events as (

    select * from {{ ref('int_lead_scoring__counted_events') }}

),

daily as (

    select
        counted_events.as_of_date,
        counted_events.criterion_key,
        counted_events.lead_id,
        counted_events.event_date,
        counted_events.worth,
        sum(counted_events.occurrences) as occurrences
    from counted_events
    inner join over_cap
        on
            counted_events.as_of_date = over_cap.as_of_date
            and counted_events.criterion_key = over_cap.criterion_key
            and counted_events.lead_id = over_cap.lead_id
    group by
        counted_events.as_of_date,
        counted_events.criterion_key,
        counted_events.lead_id,
        counted_events.event_date,
        counted_events.worth

),

held_daily as (

    select
        daily.as_of_date,
        daily.criterion_key,
        daily.lead_id,
        daily.event_date,
        daily.worth,
        criteria.max_occurrences,
        case
            when daily.occurrences > criteria.max_per_day then criteria.max_per_day
            else daily.occurrences
        end as occurrences
    from daily
    inner join criteria on daily.criterion_key = criteria.criterion_key

),

newest_first as (

    select
        held_daily.*,
        sum(held_daily.occurrences) over (
            partition by held_daily.as_of_date, held_daily.criterion_key, held_daily.lead_id
            order by held_daily.event_date desc
            rows between unbounded preceding and current row
        ) as running_occurrences
    from held_daily

),

capped_daily as (

    select
        newest_first.as_of_date,
        newest_first.criterion_key,
        newest_first.lead_id,
        newest_first.event_date,
        newest_first.worth,
        case
            when newest_first.running_occurrences > newest_first.max_occurrences
                then
                    newest_first.occurrences
                    - (newest_first.running_occurrences - newest_first.max_occurrences)
            else newest_first.occurrences
        end as occurrences
    from newest_first

),

capped as (

    select
        capped_daily.as_of_date,
        capped_daily.criterion_key,
        capped_daily.lead_id,
        sum(capped_daily.occurrences) as occurrences,
        sum(capped_daily.worth * cast(capped_daily.occurrences as {{ lead_scoring.type_decimal(20, 0) }})) as points,
        min(capped_daily.event_date) as first_event_date,
        max(capped_daily.event_date) as last_event_date
    from capped_daily
    where capped_daily.occurrences > 0
    group by capped_daily.as_of_date, capped_daily.criterion_key, capped_daily.lead_id

),

final as (

    select
        within_cap.as_of_date,
        within_cap.criterion_key,
        within_cap.lead_id,
        within_cap.occurrences,
        within_cap.points,
        within_cap.amount,
        within_cap.first_event_date,
        within_cap.last_event_date
    from within_cap

    union all

    select
        capped.as_of_date,
        capped.criterion_key,
        capped.lead_id,
        cast(capped.occurrences as bigint) as occurrences,
        cast(capped.points as {{ lead_scoring.type_decimal(38, 6) }}) as points,
        cast(null as {{ lead_scoring.type_decimal(38, 4) }}) as amount,
        capped.first_event_date,
        capped.last_event_date
    from capped

)

select * from final
