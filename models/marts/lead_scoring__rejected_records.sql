-- Every input row that was not accepted. The content of a row whose lead is unknown is not kept.
with

leads as (

    select * from {{ ref('stg_lead_scoring__leads') }}

),

set_aside_events as (

    select * from {{ ref('int_lead_scoring__set_aside_events') }}

),

accepted_leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

event_duplicates as (

    select * from {{ ref('int_lead_scoring__event_duplicates') }}

),

outcomes as (

    select * from {{ ref('int_lead_scoring__outcomes') }}

),

lead_history as (

    select * from {{ ref('int_lead_scoring__lead_history') }}

),

final as (

    select
        'leads' as relation,
        leads.rejection_reason as reason,
        leads.lead_id as record_id,
        leads.lead_id,
        leads.raw_record
    from leads
    where leads.rejection_reason is not null

    union all

    select
        'events' as relation,
        coalesce(set_aside_events.rejection_reason, 'unknown_lead') as reason,
        set_aside_events.event_id as record_id,
        set_aside_events.lead_id,
        case
            when set_aside_events.rejection_reason is not null then set_aside_events.raw_record
        end as raw_record
    from set_aside_events
    left join accepted_leads on set_aside_events.lead_id = accepted_leads.lead_id
    where
        set_aside_events.rejection_reason is not null
        or accepted_leads.lead_id is null

    union all

    select
        'events' as relation,
        'duplicate_event_id' as reason,
        event_duplicates.event_id as record_id,
        event_duplicates.lead_id,
        event_duplicates.raw_record
    from event_duplicates
    where event_duplicates.copy_number > 1

    union all

    select
        'outcomes' as relation,
        outcomes.rejection_reason as reason,
        outcomes.lead_id as record_id,
        outcomes.lead_id,
        case when outcomes.rejection_reason != 'unknown_lead' then outcomes.raw_record end as raw_record
    from outcomes
    where outcomes.rejection_reason is not null

    union all

    select
        'lead_history' as relation,
        lead_history.rejection_reason as reason,
        lead_history.lead_id as record_id,
        lead_history.lead_id,
        case when lead_history.rejection_reason != 'unknown_lead' then lead_history.raw_record end as raw_record
    from lead_history
    where lead_history.rejection_reason is not null

)

select * from final
