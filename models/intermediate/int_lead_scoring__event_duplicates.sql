-- Sources deliver at least once. The rows of an event id that came more than once on a UTC date
-- are few, so only they are sorted; the first of them is the one that is kept.
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where rejection_reason is null

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

known_events as (

    select events.*
    from events
    inner join leads on events.lead_id = leads.lead_id

),

repeated_ids as (

    select
        known_events.event_id,
        known_events.event_date
    from known_events
    group by known_events.event_id, known_events.event_date
    having count(*) > 1

),

final as (

    select
        known_events.*,
        row_number() over (
            partition by known_events.event_id, known_events.event_date
            order by
                known_events.loaded_at desc nulls last,
                known_events.occurred_at asc,
                known_events.lead_id asc,
                known_events.event_type asc,
                known_events.raw_record asc
        ) as copy_number
    from known_events
    inner join repeated_ids
        on
            known_events.event_id = repeated_ids.event_id
            and known_events.event_date = repeated_ids.event_date

)

select * from final
