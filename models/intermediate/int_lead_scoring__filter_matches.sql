{%- set properties = lead_scoring.event_property_columns() -%}
with

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'event'

),

events as (

    select * from {{ ref('int_lead_scoring__events') }}

),

asked_properties as (

    select distinct conditions.property
    from conditions

),

property_values as (

    select distinct
        asked_properties.property,
        {{ lead_scoring.event_property('asked_properties.property', properties) }} as value
    from events
    cross join asked_properties

),

{{ lead_scoring.condition_matches('conditions', 'property_values') }}

select * from condition_matches
