-- Event ids that came more than once on a UTC date. Apart from the events themselves, so that all of
-- them are read for narrow columns only.
with

events as (

    select * from {{ ref('stg_lead_scoring__events') }}
    where rejection_reason is null

),

final as (

    select
        events.event_id,
        events.event_date
    from events
    where {{ lead_scoring.is_counted_now('events') }}
    group by events.event_id, events.event_date
    having count(*) > 1

)

select * from final
