{%- set columns = lead_scoring.input_columns(source('lead_scoring', 'outcomes')) -%}
with

outcomes as (

    select * from {{ source('lead_scoring', 'outcomes') }}

),

typed as (

    select
        {{ lead_scoring.input_text(columns, 'lead_id') }} as lead_id,
        {{ lead_scoring.lowered(lead_scoring.input_text(columns, 'outcome')) }} as outcome,
        {{ lead_scoring.input_timestamp(columns, 'occurred_at') }} as occurred_at,
        {{ lead_scoring.input_text(columns, 'revenue') }} as revenue_text,
        {{ lead_scoring.json_record(columns) }} as raw_record
    from outcomes

),

-- Whether the lead is known and the outcome a duplicate is decided later, over all rows.
final as (

    select
        typed.lead_id,
        typed.outcome,
        typed.occurred_at,
        cast(typed.occurred_at as date) as outcome_date,
        {{ lead_scoring.parsed_amount('typed.revenue_text') }} as revenue,
        typed.raw_record,
        case
            when typed.lead_id is null then 'missing_lead_id'
            when typed.outcome is null or typed.outcome not in ('won', 'lost') then 'invalid_outcome'
            when typed.occurred_at is null then 'invalid_occurred_at'
        end as rejection_reason
    from typed

)

select * from final
