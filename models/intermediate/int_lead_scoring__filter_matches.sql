{%- set properties = lead_scoring.event_property_columns() -%}
-- Which values of event properties pass which filters, among the events that are counted in this build.
with

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'event'

),

event_filters as (

    select * from {{ ref('int_lead_scoring__event_filters') }}

),

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where rejection_reason is null

),

repeated_events as (

    select * from {{ ref('int_lead_scoring__set_aside_events') }}
    where is_repeated

),

property_values as (

    select
        event_filters.filter_property as property,
        {{ lead_scoring.event_property('event_filters.filter_property', 'events', properties) }} as value
    from events
    inner join event_filters on events.event_type = event_filters.event_type or event_filters.event_type = '*'
    where {{ lead_scoring.is_counted_now('events', 'event_filters') }}

    -- Which copy of an event is kept is told anew in every build.
    union distinct

    select
        event_filters.filter_property as property,
        {{ lead_scoring.event_property('event_filters.filter_property', 'repeated_events', properties) }} as value
    from repeated_events
    cross join event_filters

),

{{ lead_scoring.condition_matches('conditions', 'property_values') }}

select * from condition_matches
