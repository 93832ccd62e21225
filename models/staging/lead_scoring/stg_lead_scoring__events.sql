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
        {{ lead_scoring.event_columns(columns) }}
    from events

),

-- Whether the lead is known and the event a duplicate is decided later, over all rows.
final as (

    select
        typed.*,
        cast(typed.occurred_at as date) as event_date,
        case
            when typed.event_id is null then 'missing_event_id'
            when typed.lead_id is null then 'missing_lead_id'
            when typed.event_type is null then 'missing_event_type'
            when typed.occurred_at is null then 'invalid_occurred_at'
        end as rejection_reason
    from typed

)

select * from final
