with

events as (

    select * from {{ ref('int_lead_scoring__events') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

final as (

    select
        scoring_dates.as_of_date,
        events.lead_id,
        max(events.event_date) as last_engaged_on
    from events
    inner join scoring_dates
        on
            events.event_date <= scoring_dates.as_of_date
            and {{ lead_scoring.was_known('events', 'scoring_dates.as_of_date') }}
    group by scoring_dates.as_of_date, events.lead_id

)

select * from final
