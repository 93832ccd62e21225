{%- set reasons = [
    'missing_lead_id', 'duplicate_lead_id',
    'missing_event_id', 'missing_event_type', 'invalid_occurred_at', 'unknown_lead', 'duplicate_event_id',
    'invalid_outcome', 'duplicate_outcome', 'invalid_valid_from', 'invalid_valid_to', 'duplicate_version',
] -%}
-- What went into a run, one row per input relation, of the history of leads where there is one. Read
-- and accepted are counted apart from the rejected records, so that a test can hold the three against
-- each other.
with

leads as (

    select * from {{ ref('stg_lead_scoring__leads') }}

),

events as (

    select * from {{ ref('stg_lead_scoring__events') }}

),

outcomes as (

    select * from {{ ref('int_lead_scoring__outcomes') }}

),

lead_history as (

    select * from {{ ref('int_lead_scoring__lead_history') }}

),

accepted_leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

daily_events as (

    select * from {{ ref('int_lead_scoring__daily_events') }}
    where
        filter_key = ''
        and known_until is null

),

rejected_records as (

    select * from {{ ref('lead_scoring__rejected_records') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

-- By lead before leads are joined, since these are fewer.
events_of_leads as (

    select
        daily_events.lead_id,
        sum(daily_events.occurrences) as occurrences
    from daily_events
    group by daily_events.lead_id

),

accepted_events as (

    select cast(coalesce(sum(events_of_leads.occurrences), 0) as bigint) as rows_accepted
    from events_of_leads
    inner join accepted_leads on events_of_leads.lead_id = accepted_leads.lead_id

),

event_counts as (

    select
        (select count(*) + {{ lead_scoring.event_rows_left_out() }} from events) as rows_read,
        (select accepted_events.rows_accepted from accepted_events) as rows_accepted

),

counts as (

    select
        'leads' as relation,
        count(*) as rows_read,
        count(case when leads.rejection_reason is null then 1 end) as rows_accepted,
        count(case when leads.rejection_reason is null and leads.is_created_at_invalid then 1 end)
            as invalid_created_at
    from leads

    union all

    select
        'events' as relation,
        event_counts.rows_read,
        event_counts.rows_accepted,
        0 as invalid_created_at
    from event_counts

    union all

    select
        'outcomes' as relation,
        count(*) as rows_read,
        count(case when outcomes.rejection_reason is null then 1 end) as rows_accepted,
        0 as invalid_created_at
    from outcomes

    union all

    select
        'lead_history' as relation,
        count(*) as rows_read,
        count(case when lead_history.rejection_reason is null then 1 end) as rows_accepted,
        0 as invalid_created_at
    from lead_history
    having count(*) > 0

),

rejected as (

    select
        rejected_records.relation,
        {%- for reason in reasons %}
        count(case when rejected_records.reason = '{{ reason }}' then 1 end) as {{ reason }},
        {%- endfor %}
        count(*) as rows_rejected
    from rejected_records
    group by rejected_records.relation

),

final as (

    select
        {{ lead_scoring.run_id() }} as run_id,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }}) as started_at,
        scoring_dates.as_of_date,
        counts.relation,
        counts.rows_read,
        counts.rows_accepted,
        coalesce(rejected.rows_rejected, 0) as rows_rejected,
        {%- for reason in reasons %}
        coalesce(rejected.{{ reason }}, 0) as {{ reason }},
        {%- endfor %}
        cast(counts.invalid_created_at as bigint) as invalid_created_at
    from counts
    cross join scoring_dates
    left join rejected on counts.relation = rejected.relation

)

select * from final
