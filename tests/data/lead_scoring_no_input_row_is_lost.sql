{%- set history = source('lead_scoring', 'lead_history') -%}
{%- set history_columns = lead_scoring.optional_input_columns(history, 'lead_scoring__lead_history_identifier') -%}
-- Every row of an input was accepted or stands among the rejected with a reason of its relation:
-- read = accepted + rejected, rejected = the counts by reason, and read is what the source holds.
with

run_summary as (

    select * from {{ ref('lead_scoring__run_summary') }}

),

rejected_records as (

    select * from {{ ref('lead_scoring__rejected_records') }}

),

source_counts as (

    select
        'leads' as relation,
        count(*) as source_rows
    from {{ source('lead_scoring', 'leads') }}

    union all

    select
        'events' as relation,
        count(*) + {{ lead_scoring.event_rows_left_out() }} as source_rows
    from {{ source('lead_scoring', 'events') }}

    union all

    select
        'outcomes' as relation,
        count(*) as source_rows
    from {{ source('lead_scoring', 'outcomes') }}
    {%- if history_columns %}

    union all

    select
        'lead_history' as relation,
        count(*) as source_rows
    from {{ history }}
    having count(*) > 0
    {%- endif %}

),

rejected_counts as (

    select
        rejected_records.relation,
        count(*) as rejected_rows,
        count(
            case
                when
                    rejected_records.relation = 'leads'
                    and rejected_records.reason in ('missing_lead_id', 'duplicate_lead_id')
                    then 1
                when
                    rejected_records.relation = 'events'
                    and rejected_records.reason in (
                        'missing_event_id',
                        'missing_lead_id',
                        'missing_event_type',
                        'invalid_occurred_at',
                        'unknown_lead',
                        'duplicate_event_id'
                    )
                    then 1
                when
                    rejected_records.relation = 'outcomes'
                    and rejected_records.reason in (
                        'missing_lead_id',
                        'invalid_outcome',
                        'invalid_occurred_at',
                        'unknown_lead',
                        'duplicate_outcome'
                    )
                    then 1
                when
                    rejected_records.relation = 'lead_history'
                    and rejected_records.reason in (
                        'missing_lead_id',
                        'invalid_valid_from',
                        'invalid_valid_to',
                        'unknown_lead',
                        'duplicate_version'
                    )
                    then 1
            end
        ) as rows_with_reason
    from rejected_records
    group by rejected_records.relation

),

final as (

    select
        source_counts.relation,
        source_counts.source_rows,
        run_summary.rows_read,
        run_summary.rows_accepted,
        run_summary.rows_rejected,
        rejected_counts.rejected_rows,
        rejected_counts.rows_with_reason
    from source_counts
    left join run_summary on source_counts.relation = run_summary.relation
    left join rejected_counts on source_counts.relation = rejected_counts.relation
    where
        run_summary.relation is null
        or run_summary.rows_read != source_counts.source_rows
        or run_summary.rows_read != run_summary.rows_accepted + run_summary.rows_rejected
        or run_summary.rows_rejected != coalesce(rejected_counts.rejected_rows, 0)
        or run_summary.rows_rejected != coalesce(rejected_counts.rows_with_reason, 0)
        or run_summary.rows_rejected
        != run_summary.missing_lead_id
        + run_summary.duplicate_lead_id
        + run_summary.missing_event_id
        + run_summary.missing_event_type
        + run_summary.invalid_occurred_at
        + run_summary.unknown_lead
        + run_summary.duplicate_event_id
        + run_summary.invalid_outcome
        + run_summary.duplicate_outcome
        + run_summary.invalid_valid_from
        + run_summary.invalid_valid_to
        + run_summary.duplicate_version

)

select * from final
