{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
    )
}}
-- Which leads of a date are evaluated, and which are left out. A date without leads has no row.
with

labels as (

    select * from {{ ref('int_lead_scoring__labels') }}

),

final as (

    select
        labels.as_of_date,
        {{ lead_scoring.horizon_days() }} as horizon_days,
        cast('{{ lead_scoring.known_until() }}' as date) as known_until,
        sum(case when labels.left_out_because = 'horizon_not_over' then 1 else 0 end) = 0 as is_evaluated,
        count(*) as leads,
        count(case when labels.left_out_because is null then 1 end) as evaluated_leads,
        count(case when labels.left_out_because = 'decided' then 1 end) as decided_leads,
        count(case when labels.left_out_because = 'unknown_created_at' then 1 end) as unknown_created_at_leads,
        cast(sum(case when labels.left_out_because is null then labels.conversions else 0 end) as bigint)
            as conversions
    from labels
    group by labels.as_of_date

)

select * from final
