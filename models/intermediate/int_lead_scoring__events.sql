{%- set properties = lead_scoring.event_property_columns() -%}
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where rejection_reason is null

),

duplicates as (

    select * from {{ ref('int_lead_scoring__event_duplicates') }}
    where {{ 'known_until is null or known_from < known_until' if lead_scoring.is_as_known() else 'copy_number = 1' }}

),

repeated_event_ids as (

    select * from {{ ref('int_lead_scoring__repeated_event_ids') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

single as (

    select
        events.lead_id,
        events.event_type,
        events.event_date,
        {%- for property in properties %}
        events.{{ property.column }},
        {%- endfor %}
        {{ lead_scoring.parsed_amount('events.value') }} as amount,
        {{ lead_scoring.known_from('events.event_date', 'events.loaded_at') }} as known_from,
        cast(null as date) as known_until
    from events
    inner join leads on events.lead_id = leads.lead_id
    left join repeated_event_ids
        on
            events.event_id = repeated_event_ids.event_id
            and events.event_date = repeated_event_ids.event_date
    where repeated_event_ids.event_id is null

),

kept as (

    select
        duplicates.lead_id,
        duplicates.event_type,
        duplicates.event_date,
        {%- for property in properties %}
        duplicates.{{ property.column }},
        {%- endfor %}
        {{ lead_scoring.parsed_amount('duplicates.value') }} as amount,
        duplicates.known_from,
        duplicates.known_until
    from duplicates

),

final as (

    select * from single
    union all
    select * from kept

)

select * from final
