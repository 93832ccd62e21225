-- Sources deliver at least once. The rows of a repeated event id are few, so only they are sorted;
-- the first of them is the one that is kept.
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

repeated_events as (

    select
        events.*,
        {{ lead_scoring.staged_record(ref('stg_lead_scoring__events'), 'events') }} as raw_record
    from events
    inner join repeated_event_ids
        on
            events.event_id = repeated_event_ids.event_id
            and events.event_date = repeated_event_ids.event_date
    inner join leads on events.lead_id = leads.lead_id

),

final as (

    select
        repeated_events.*,
        row_number() over (
            partition by repeated_events.event_id, repeated_events.event_date
            order by
                repeated_events.loaded_at desc nulls last,
                repeated_events.occurred_at asc,
                repeated_events.lead_id asc,
                repeated_events.event_type asc,
                repeated_events.raw_record asc
        ) as copy_number
    from repeated_events

)

select * from final
