{%- set own_dates = lead_scoring.scoring_dates()[-2:] -%}
{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
        full_refresh=false,
        pre_hook="{{ lead_scoring.delete_built_dates(
            'lead_scoring__recent_contributions', lead_scoring.scoring_dates()
        ) }}",
        post_hook="{{ lead_scoring.keep_newest_dates(this, 'as_of_date', 2, lead_scoring.scoring_dates()) }}",
    )
}}
-- What a change of stage is explained by: the contributions of the newest two dates, of the last two of
-- the run, which a back-fill goes on from, and of the one before it, which it came from.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

final as (

    select
        criteria.model_id,
        contributions.lead_id,
        contributions.as_of_date,
        criteria.criterion_id,
        contributions.points
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key
    where
        contributions.as_of_date in (
            {%- for date in own_dates %}
            cast('{{ date }}' as date){{ ',' if not loop.last }}
            {%- endfor %}
        )

)

select * from final
