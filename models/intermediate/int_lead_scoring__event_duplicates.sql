{%- set properties = lead_scoring.event_property_columns() -%}
-- Sources deliver at least once. The rows of a repeated event id are few, so only they are sorted;
-- the first of them is the one that is kept, from the day on which it was known: until then it is the
-- best of those that had come.
with

set_aside_events as (

    select * from {{ ref('int_lead_scoring__set_aside_events') }}
    where is_repeated

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

repeated_events as (

    select
        set_aside_events.event_id,
        set_aside_events.lead_id,
        set_aside_events.event_type,
        set_aside_events.occurred_at,
        set_aside_events.loaded_at,
        set_aside_events.event_date,
        {%- for property in properties %}
        set_aside_events.{{ property.column }},
        {%- endfor %}
        set_aside_events.raw_record,
        {{ lead_scoring.known_from('set_aside_events.event_date', 'set_aside_events.loaded_at') }} as known_from
    from set_aside_events
    inner join leads on set_aside_events.lead_id = leads.lead_id

),

numbered as (

    select
        repeated_events.*,
        row_number() over (
            partition by repeated_events.event_id, repeated_events.event_date
            order by
                repeated_events.loaded_at desc nulls last,
                repeated_events.occurred_at asc,
                {{ lead_scoring.in_byte_order('repeated_events.lead_id') }} asc,
                {{ lead_scoring.in_byte_order('repeated_events.event_type') }} asc,
                {{ lead_scoring.in_byte_order('repeated_events.raw_record') }} asc
        ) as copy_number
    from repeated_events

),

final as (

    select
        numbered.*,
        min(numbered.known_from) over (
            partition by numbered.event_id, numbered.event_date
            order by numbered.copy_number asc
            rows between unbounded preceding and 1 preceding
        ) as known_until
    from numbered

)

select * from final
