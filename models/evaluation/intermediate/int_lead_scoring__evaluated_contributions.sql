{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
    )
}}
-- What each criterion earned the leads that are evaluated, gathered over many dates as the scores are.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

labels as (

    select * from {{ ref('int_lead_scoring__labels') }}
    where left_out_because is null

),

final as (

    select
        criteria.model_id,
        contributions.lead_id,
        contributions.as_of_date,
        criteria.criterion_id,
        contributions.points,
        labels.lead_group,
        labels.conversions
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key
    inner join labels
        on
            contributions.as_of_date = labels.as_of_date
            and contributions.lead_id = labels.lead_id

)

select * from final
