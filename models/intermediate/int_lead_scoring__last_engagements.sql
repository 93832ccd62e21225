{{ config(materialized='view') }}

with

last_events as (

    select * from {{ ref('int_lead_scoring__last_events') }}
    where
        event_type = '*'
        and filter_key = ''

),

final as (

    select
        last_events.as_of_date,
        last_events.lead_id,
        last_events.last_event_date as last_engaged_on
    from last_events

)

select * from final
