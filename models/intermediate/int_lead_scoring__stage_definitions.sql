{%- set columns = lead_scoring.input_columns(ref('lead_scoring__stages')) -%}
{%- set points = lead_scoring.type_decimal(11, 4) -%}
-- The stages with what keeps a lead in them. Where no exit score is given, a lead leaves where it entered.
with

stages as (

    select * from {{ ref('lead_scoring__stages') }}

),

final as (

    select
        stages.model_id,
        stages.stage,
        stages.stage_order,
        cast(stages.min_score as {{ points }}) as min_score,
        coalesce(
            {{ lead_scoring.optional_column(columns, 'stages', 'exit_score', points) }},
            cast(stages.min_score as {{ points }})
        ) as exit_score,
        cast(stages.min_fit as {{ points }}) as min_fit,
        cast(stages.min_engagement as {{ points }}) as min_engagement,
        stages.required_criterion,
        {{ lead_scoring.optional_column(columns, 'stages', 'min_days', 'integer') }} as min_days,
        {{ lead_scoring.optional_column(columns, 'stages', 'recycle_after_days', 'integer') }} as recycle_after_days
    from stages

)

select * from final
