{%- set properties = lead_scoring.event_property_columns() -%}
-- What each criterion counted for each lead. Sums need no order, so most pairs of lead and criterion
-- are done in one pass; only those with more occurrences than a cap allows are counted day by day.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

events as (

    select * from {{ ref('int_lead_scoring__events') }}

),

event_weights as (

    select * from {{ ref('int_lead_scoring__event_weights') }}

),

filter_matches as (

    select * from {{ ref('int_lead_scoring__filter_matches') }}

),

counted_events as (

    select
        event_weights.as_of_date,
        event_weights.criterion_key,
        events.lead_id,
        events.event_date,
        events.amount,
        event_weights.worth
    from events
    inner join event_weights
        on
            events.event_type = event_weights.event_type
            and events.event_date = event_weights.event_date
    left join filter_matches
        on
            event_weights.filter_condition_id = filter_matches.condition_id
            and {{ lead_scoring.event_property('event_weights.filter_property', properties) }} = filter_matches.value
    where
        event_weights.filter_condition_id is null
        or filter_matches.condition_id is not null

),

totals as (

    select
        counted_events.as_of_date,
        counted_events.criterion_key,
        counted_events.lead_id,
        count(*) as occurrences,
        sum(counted_events.worth) as points,
        sum(counted_events.amount) as amount,
        min(counted_events.event_date) as first_event_date,
        max(counted_events.event_date) as last_event_date
    from counted_events
    group by counted_events.as_of_date, counted_events.criterion_key, counted_events.lead_id

),

marked as (

    select
        totals.*,
        coalesce(totals.occurrences > criteria.max_occurrences, false)
        or coalesce(totals.occurrences > criteria.max_per_day, false) as is_over_cap
    from totals
    inner join criteria on totals.criterion_key = criteria.criterion_key

),

over_cap as (

    select
        marked.as_of_date,
        marked.criterion_key,
        marked.lead_id
    from marked
    where marked.is_over_cap

),

daily as (

    select
        counted_events.as_of_date,
        counted_events.criterion_key,
        counted_events.lead_id,
        counted_events.event_date,
        counted_events.worth,
        count(*) as occurrences
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
        sum(capped_daily.worth * cast(capped_daily.occurrences as decimal(18, 0))) as points,
        min(capped_daily.event_date) as first_event_date,
        max(capped_daily.event_date) as last_event_date
    from capped_daily
    where capped_daily.occurrences > 0
    group by capped_daily.as_of_date, capped_daily.criterion_key, capped_daily.lead_id

),

final as (

    select
        marked.as_of_date,
        marked.criterion_key,
        marked.lead_id,
        marked.occurrences,
        cast(marked.points as decimal(38, 6)) as points,
        cast(marked.amount as decimal(38, 4)) as amount,
        marked.first_event_date,
        marked.last_event_date
    from marked
    where not marked.is_over_cap

    union all

    select
        capped.as_of_date,
        capped.criterion_key,
        capped.lead_id,
        cast(capped.occurrences as bigint) as occurrences,
        cast(capped.points as decimal(38, 6)) as points,
        cast(null as decimal(38, 4)) as amount,
        capped.first_event_date,
        capped.last_event_date
    from capped

)

select * from final
