{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
        full_refresh=false,
    )
}}
-- The stages as they were on each scored date, so that the past is replayed by its own rules. It
-- waits for the leads, which wait for the tests of the scoring seeds.
-- depends_on: {{ ref('stg_lead_scoring__leads') }}
with

stages as (

    select * from {{ ref('int_lead_scoring__stage_definitions') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

final as (

    select
        stages.model_id,
        scoring_dates.as_of_date,
        stages.stage,
        stages.stage_order,
        stages.min_score,
        stages.exit_score,
        stages.min_fit,
        stages.min_engagement,
        stages.required_criterion,
        stages.min_days,
        stages.recycle_after_days
    from stages
    cross join scoring_dates

)

select * from final
