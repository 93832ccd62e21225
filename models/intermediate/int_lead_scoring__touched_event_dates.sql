{{ config(enabled=lead_scoring.keeps_events()) }}

{%- set counted_until = lead_scoring.events_counted_until() -%}
{%- set raw_columns = lead_scoring.staged_columns(ref('stg_lead_scoring__events'), 'raw__') -%}
{%- set has_loaded_at = 'loaded_at' in raw_columns | map(attribute='name') -%}
-- The days whose events are counted again: those of which some were loaded since the last build, late
-- ones too, and those on which a lead that is known no more had events, for each of these is a rejected
-- record now.
-- depends_on: {{ ref('int_lead_scoring__leads') }}
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where occurred_at is not null

),

new_events as (

    select
        events.event_date,
        max({{ 'events.loaded_at' if has_loaded_at else 'events.occurred_at' }}) as loaded_until
    from events
    {#- A literal, so that no file or partition before it is read. #}
    {%- if counted_until is not none and has_loaded_at %}
    where
        events.loaded_at >= cast('{{ counted_until }}' as {{ dbt.type_timestamp() }})
        or events.loaded_at is null
    {%- elif counted_until is not none %}
    where
        events.occurred_at >= {{ dbt.dateadd(
            'day', -lead_scoring.event_lookback_days(), "cast('" ~ counted_until[:10] ~ "' as date)"
        ) }}
    {%- endif %}
    group by events.event_date

),

{% if counted_until is not none -%}
leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

event_days as (

    select * from {{ lead_scoring.built_relation('int_lead_scoring__event_days') }}

),

set_aside_events as (

    select * from {{ lead_scoring.built_relation('int_lead_scoring__set_aside_events') }}

),

unknown_days as (

    select distinct
        event_days.lead_id,
        event_days.event_date
    from event_days
    left join leads on event_days.lead_id = leads.lead_id
    where leads.lead_id is null

),

rejected_days as (

    select distinct
        set_aside_events.lead_id,
        set_aside_events.event_date
    from set_aside_events
    where set_aside_events.is_of_unknown_lead

),

-- Of a lead that was unknown already the events of a day are set aside, all of them.
lost_days as (

    select distinct unknown_days.event_date
    from unknown_days
    left join rejected_days
        on
            unknown_days.lead_id = rejected_days.lead_id
            and unknown_days.event_date = rejected_days.event_date
    where rejected_days.lead_id is null

),

all_dates as (

    select
        new_events.event_date,
        new_events.loaded_until
    from new_events

    union all

    select
        lost_days.event_date,
        cast(null as {{ dbt.type_timestamp() }}) as loaded_until
    from lost_days

),
{%- else -%}
all_dates as (

    select * from new_events

),
{%- endif %}

final as (

    select
        all_dates.event_date,
        max(all_dates.loaded_until) as loaded_until
    from all_dates
    group by all_dates.event_date

)

select * from final
