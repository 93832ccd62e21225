with

outcomes as (

    select * from {{ ref('stg_lead_scoring__outcomes') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

checked as (

    select
        outcomes.lead_id,
        outcomes.outcome,
        outcomes.occurred_at,
        outcomes.outcome_date,
        outcomes.revenue,
        outcomes.raw_record,
        case
            when outcomes.rejection_reason is not null then outcomes.rejection_reason
            when leads.lead_id is null then 'unknown_lead'
        end as reason_of_row
    from outcomes
    left join leads on outcomes.lead_id = leads.lead_id

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
        numbered.outcome_date,
        numbered.revenue,
        numbered.raw_record,
        case
            when numbered.reason_of_row is not null then numbered.reason_of_row
            when numbered.copy_number > 1 then 'duplicate_outcome'
        end as rejection_reason
    from numbered

)

select * from final
