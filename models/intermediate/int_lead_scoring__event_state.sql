{{ config(enabled=lead_scoring.keeps_events()) }}

{%- set counted_until = lead_scoring.events_counted_until() -%}
-- What is counted by now, for the next build to go on from. It is built behind the tables that are kept,
-- so that a build that was cut short is made up for by the next one.
-- depends_on: {{ ref('int_lead_scoring__set_aside_events') }}
-- depends_on: {{ ref('int_lead_scoring__event_days') }}
with

touched_event_dates as (

    select * from {{ ref('int_lead_scoring__touched_event_dates') }}

),

event_filters as (

    select * from {{ ref('int_lead_scoring__event_filters') }}

),

loads as (

    select touched_event_dates.loaded_until
    from touched_event_dates
    {%- if counted_until is not none %}

    union all

    select cast('{{ counted_until }}' as {{ dbt.type_timestamp() }}) as loaded_until
    {%- endif %}

),

-- A time that is yet to come would hide all that is loaded before it.
last_load as (

    select
        least(
            max(loads.loaded_until),
            cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }})
        ) as loaded_until
    from loads

),

filter_keys as (

    select '' as filter_key

    union distinct

    select event_filters.filter_key
    from event_filters

),

final as (

    select
        filter_keys.filter_key,
        last_load.loaded_until
    from filter_keys
    cross join last_load

)

select * from final
