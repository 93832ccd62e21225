{{ config(materialized='view') }}

-- The events of each lead and day beside each criterion that counts them, with what one of them is worth
-- there. A view: it is summed as it is read, and never stands anywhere in full.
with

daily_events as (

    select * from {{ ref('int_lead_scoring__daily_events') }}

),

event_weights as (

    select * from {{ ref('int_lead_scoring__event_weights') }}

),

final as (

    select
        event_weights.as_of_date,
        event_weights.criterion_key,
        daily_events.lead_id,
        daily_events.event_date,
        daily_events.occurrences,
        daily_events.amount,
        event_weights.worth
    from daily_events
    inner join event_weights
        on
            daily_events.event_type = event_weights.event_type
            and daily_events.filter_key = event_weights.filter_key
            and daily_events.event_date = event_weights.event_date
            and {{ lead_scoring.was_known('daily_events', 'event_weights.as_of_date') }}

)

select * from final
