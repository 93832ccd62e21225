{{
    config(
        materialized='incremental',
        full_refresh=none if lead_scoring.keeps_events() else true,
        pre_hook="{{ lead_scoring.forget_counted_now(this, is_by_filter=true) }}",
    )
}}

{%- set properties = lead_scoring.event_property_columns() -%}
-- The events that came once, counted by day: as they are, and again for each filter that they pass.
-- Points, decay, caps and windows are not in it, so a change of these needs no event. Whether a lead is
-- known is asked behind it, as leads come and go.
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where rejection_reason is null

),

set_aside_events as (

    select * from {{ ref('int_lead_scoring__set_aside_events') }}
    where is_repeated

),

event_filters as (

    select * from {{ ref('int_lead_scoring__event_filters') }}

),

filter_matches as (

    select * from {{ ref('int_lead_scoring__filter_matches') }}

),

-- What an event is counted through: nothing, and the filters on events of its type.
ways as (

    select
        '' as filter_key,
        '*' as event_type,
        cast(null as {{ dbt.type_string() }}) as filter_property,
        cast(null as bigint) as condition_id

    union all

    select
        event_filters.filter_key,
        event_filters.event_type,
        event_filters.filter_property,
        event_filters.condition_id
    from event_filters

),

repeated_event_ids as (

    select distinct
        set_aside_events.event_id,
        set_aside_events.event_date
    from set_aside_events

),

counted as (

    select
        ways.filter_key,
        events.lead_id,
        events.event_type,
        events.event_date,
        events.occurred_at,
        {{ lead_scoring.known_from('events.event_date', 'events.loaded_at') }} as known_from,
        {{ lead_scoring.parsed_amount('events.value') }} as amount
    from events
    left join repeated_event_ids
        on
            events.event_id = repeated_event_ids.event_id
            and events.event_date = repeated_event_ids.event_date
    inner join ways on ways.event_type = '*' or events.event_type = ways.event_type
    left join filter_matches
        on
            ways.condition_id = filter_matches.condition_id
            and {{ lead_scoring.event_property('ways.filter_property', 'events', properties) }} = filter_matches.value
    where
        repeated_event_ids.event_id is null
        and (ways.filter_key = '' or filter_matches.condition_id is not null)
        and {{ lead_scoring.is_counted_now('events', 'ways') }}

),

final as (

    select
        counted.lead_id,
        counted.event_type,
        counted.filter_key,
        counted.event_date,
        counted.known_from,
        count(*) as occurrences,
        cast(sum(counted.amount) as {{ lead_scoring.type_decimal(38, 4) }}) as amount,
        min(counted.occurred_at) as first_occurred_at,
        max(counted.occurred_at) as last_occurred_at
    from counted
    group by
        counted.lead_id,
        counted.event_type,
        counted.filter_key,
        counted.event_date,
        counted.known_from

)

select * from final
