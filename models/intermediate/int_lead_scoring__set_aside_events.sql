{{
    config(
        materialized='incremental',
        full_refresh=none if lead_scoring.keeps_events() else true,
        on_schema_change='sync_all_columns',
        pre_hook="{{ lead_scoring.forget_counted_now(this, is_by_filter=false) }}",
    )
}}

{%- set properties = lead_scoring.event_property_columns() -%}
{%- set raw_columns = lead_scoring.staged_columns(ref('stg_lead_scoring__events'), 'raw__') -%}
-- The events that are not just counted: rejected ones, those whose id came more than once on their
-- date, and those of leads that nobody knows. They are few, so they stand here as they came.
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

repeated_event_ids as (

    select * from {{ ref('int_lead_scoring__repeated_event_ids') }}

),

looked_at as (

    select
        events.*,
        -- A rejected event is no copy of another.
        repeated_event_ids.event_id is not null and events.rejection_reason is null as is_repeated,
        events.lead_id is not null and leads.lead_id is null as is_of_unknown_lead
    from events
    left join repeated_event_ids
        on
            events.event_id = repeated_event_ids.event_id
            and events.event_date = repeated_event_ids.event_date
    left join leads on events.lead_id = leads.lead_id
    where
        ({{ lead_scoring.is_counted_now('events') }})
        or events.occurred_at is null

),

final as (

    select
        looked_at.event_id,
        looked_at.lead_id,
        looked_at.event_type,
        looked_at.occurred_at,
        looked_at.loaded_at,
        looked_at.event_date,
        {%- for property in properties %}
        looked_at.{{ property.column }},
        {%- endfor %}
        looked_at.rejection_reason,
        looked_at.is_repeated,
        looked_at.is_of_unknown_lead,
        case
            when looked_at.is_repeated or looked_at.rejection_reason is not null
                then {{ lead_scoring.staged_record(raw_columns) }}
        end as raw_record
    from looked_at
    where
        looked_at.rejection_reason is not null
        or looked_at.is_repeated
        or looked_at.is_of_unknown_lead

)

select * from final
