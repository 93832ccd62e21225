with

stage_steps as (

    select * from {{ ref('int_lead_scoring__stage_steps') }}

),

stage_periods as (

    select * from {{ ref('int_lead_scoring__stage_periods') }}

),

final as (

    select
        stage_steps.as_of_date,
        stage_steps.model_id,
        stage_steps.lead_id,
        stage_periods.stage as lifecycle_stage,
        stage_periods.previous_stage,
        stage_periods.entered_on as stage_entered_on,
        cast(
            {{ dbt.datediff('stage_periods.entered_on', 'stage_steps.as_of_date', 'day') }}
            as integer
        ) as days_in_stage
    from stage_steps
    inner join stage_periods
        on
            stage_steps.model_id = stage_periods.model_id
            and stage_steps.lead_id = stage_periods.lead_id
            and stage_steps.as_of_date >= stage_periods.entered_on
            and (stage_periods.left_on is null or stage_steps.as_of_date < stage_periods.left_on)

)

select * from final
