{%- set raw_columns = lead_scoring.staged_columns(ref('stg_lead_scoring__events'), 'raw__') -%}
{%- set input_columns = [] -%}
{%- for column in raw_columns -%}
    {%- do input_columns.append({
        'name': column.name,
        'quoted': 'repeated_rows.' ~ column.column,
        'data_type': column.data_type,
    }) -%}
{%- endfor -%}
-- Sources deliver at least once. The rows of a repeated event id are few, so only they are sorted;
-- the first of them is the one that is kept, from the day on which it was known: until then it is the
-- best of those that had come. They are found by their keys alone and typed after
-- that, since typing every column of every event once more would cost more than the rest.
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where rejection_reason is null

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

repeated_event_ids as (

    select * from {{ ref('int_lead_scoring__repeated_event_ids') }}

),

repeated_rows as (

    select
        {% for column in raw_columns -%}
        events.{{ column.column }},
        {% endfor -%}
        events.event_date
    from events
    inner join repeated_event_ids
        on
            events.event_id = repeated_event_ids.event_id
            and events.event_date = repeated_event_ids.event_date
    inner join leads on events.lead_id = leads.lead_id

),

repeated_events as (

    select
        repeated_rows.event_date,
        {{ lead_scoring.event_columns(input_columns) }},
        {{ lead_scoring.staged_record(raw_columns) }} as raw_record
    from repeated_rows

),

numbered as (

    select
        repeated_events.*,
        {{ lead_scoring.known_from('repeated_events.event_date', 'repeated_events.loaded_at') }} as known_from,
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
