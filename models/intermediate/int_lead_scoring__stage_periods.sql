-- From each entry into a stage to the next transition. A stay converts that ends in a higher stage or
-- a win.
with

stage_transitions as (

    select * from {{ ref('lead_scoring__stage_transitions') }}

),

periods as (

    select
        stage_transitions.model_id,
        stage_transitions.lead_id,
        stage_transitions.to_stage as stage,
        stage_transitions.from_stage as previous_stage,
        stage_transitions.transitioned_on as entered_on,
        lead(stage_transitions.transitioned_on) over (
            partition by stage_transitions.model_id, stage_transitions.lead_id
            order by stage_transitions.transitioned_on asc
        ) as left_on,
        lead(stage_transitions.reason) over (
            partition by stage_transitions.model_id, stage_transitions.lead_id
            order by stage_transitions.transitioned_on asc
        ) as left_because
    from stage_transitions

),

final as (

    select
        periods.model_id,
        periods.lead_id,
        periods.stage,
        periods.previous_stage,
        periods.entered_on,
        periods.left_on,
        periods.stage not in ('customer', 'disqualified')
        and coalesce(periods.left_because, '') in ('qualified', 'won') as is_conversion
    from periods

)

select * from final
