{{ config(materialized='view' if lead_scoring.keeps_events() else 'table') }}

{%- set columns = lead_scoring.input_columns(source('lead_scoring', 'events')) -%}
with

events as (

    select * from {{ source('lead_scoring', 'events') }}

),

typed as (

    select
        {% for column in columns -%}
        {{ column.quoted }} as {{ lead_scoring.quoted_name('raw__' ~ column.label | default(column.name)) }},
        {% endfor -%}
        {{ lead_scoring.input_text(columns, 'event_id') }} as event_id,
        {{ lead_scoring.input_text(columns, 'lead_id') }} as lead_id,
        {{ lead_scoring.lowered(lead_scoring.input_text(columns, 'event_type')) }} as event_type,
        {%- for name in lead_scoring.contract_columns('events') %}
        {{ lead_scoring.input_text(columns, name) }} as {{ name }},
        {%- endfor %}
        {%- for column in lead_scoring.extra_columns(columns, 'events') %}
        {{ lead_scoring.column_text(column) }} as {{ column.alias }},
        {%- endfor %}
        {{ lead_scoring.input_timestamp(columns, 'occurred_at') }} as occurred_at,
        {{ lead_scoring.input_timestamp(columns, 'loaded_at') }} as loaded_at,
        case
            when {{ lead_scoring.input_is_blank(columns, 'event_id') }} then 'missing_event_id'
            when {{ lead_scoring.input_is_blank(columns, 'lead_id') }} then 'missing_lead_id'
            when {{ lead_scoring.input_is_blank(columns, 'event_type') }} then 'missing_event_type'
        end as missing_reason
    from events

),

-- Whether the lead is known and the event a duplicate is decided later, over all rows.
final as (

    select
        typed.*,
        cast(typed.occurred_at as date) as event_date,
        coalesce(
            typed.missing_reason, case when typed.occurred_at is null then 'invalid_occurred_at' end
        ) as rejection_reason
    from typed

)

select * from final
