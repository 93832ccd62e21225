{{ config(materialized='view') }}

{%- set properties = lead_scoring.event_property_columns() -%}
-- Each event beside each criterion that counts it, with what it is worth there. A view: it is
-- summed as it is read, and never stands anywhere in full.
with

events as (

    select * from {{ ref('int_lead_scoring__events') }}

),

event_weights as (

    select * from {{ ref('int_lead_scoring__event_weights') }}

),

filter_matches as (

    select * from {{ ref('int_lead_scoring__filter_matches') }}

),

final as (

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
            and {{ lead_scoring.was_known('events', 'event_weights.as_of_date') }}
    left join filter_matches
        on
            event_weights.filter_condition_id = filter_matches.condition_id
            and {{ lead_scoring.event_property('event_weights.filter_property', properties) }} = filter_matches.value
    where
        event_weights.filter_condition_id is null
        or filter_matches.condition_id is not null

)

select * from final
