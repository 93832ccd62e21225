-- The latest day up to each scoring date on which a lead had events: any, for the ranking, and those that
-- recency criteria look at. These mostly have no window: weighed and summed like the others, they would
-- join the events of all time.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}
    where signal = 'recency'

),

daily_events as (

    select * from {{ ref('int_lead_scoring__daily_events') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

asked_for as (

    select
        '*' as event_type,
        '' as filter_key

    union distinct

    select
        criteria.subject as event_type,
        criteria.filter_key
    from criteria

),

final as (

    select
        scoring_dates.as_of_date,
        asked_for.event_type,
        asked_for.filter_key,
        daily_events.lead_id,
        max(daily_events.event_date) as last_event_date
    from daily_events
    inner join asked_for
        on
            daily_events.filter_key = asked_for.filter_key
            and (daily_events.event_type = asked_for.event_type or asked_for.event_type = '*')
    inner join scoring_dates
        on
            daily_events.event_date <= scoring_dates.as_of_date
            and {{ lead_scoring.was_known('daily_events', 'scoring_dates.as_of_date') }}
    group by
        scoring_dates.as_of_date,
        asked_for.event_type,
        asked_for.filter_key,
        daily_events.lead_id

)

select * from final
