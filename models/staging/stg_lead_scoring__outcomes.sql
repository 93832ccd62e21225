{%- set columns = lead_scoring.input_columns(source('lead_scoring', 'outcomes')) -%}
with

outcomes as (

    select * from {{ source('lead_scoring', 'outcomes') }}

),

accepted_leads as (

    select * from {{ ref('stg_lead_scoring__leads') }}
    where rejection_reason is null

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

checked as (

    select
        typed.*,
        case
            when typed.lead_id is null then 'missing_lead_id'
            when typed.outcome is null or typed.outcome not in ('won', 'lost') then 'invalid_outcome'
            when typed.occurred_at is null then 'invalid_occurred_at'
            when accepted_leads.lead_id is null then 'unknown_lead'
        end as reason_of_row
    from typed
    left join accepted_leads on typed.lead_id = accepted_leads.lead_id

),

numbered as (

    select
        checked.*,
        row_number() over (
            partition by checked.reason_of_row, checked.lead_id, checked.outcome, checked.occurred_at
            order by {{ lead_scoring.in_byte_order('checked.raw_record') }} asc
        ) as copy_number
    from checked

),

final as (

    select
        numbered.lead_id,
        numbered.outcome,
        numbered.occurred_at,
        cast(numbered.occurred_at as date) as outcome_date,
        {{ lead_scoring.parsed_amount('numbered.revenue_text') }} as revenue,
        numbered.raw_record,
        case
            when numbered.reason_of_row is not null then numbered.reason_of_row
            when numbered.copy_number > 1 then 'duplicate_outcome'
        end as rejection_reason
    from numbered

)

select * from final
