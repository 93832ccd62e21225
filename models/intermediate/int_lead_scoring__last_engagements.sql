with

daily_events as (

    select * from {{ ref('int_lead_scoring__daily_events') }}
    where filter_key = ''

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

final as (

    select
        scoring_dates.as_of_date,
        daily_events.lead_id,
        max(daily_events.event_date) as last_engaged_on
    from daily_events
    inner join scoring_dates
        on
            daily_events.event_date <= scoring_dates.as_of_date
            and {{ lead_scoring.was_known('daily_events', 'scoring_dates.as_of_date') }}
    group by scoring_dates.as_of_date, daily_events.lead_id

)

select * from final
