{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
        full_refresh=false,
        pre_hook="{{ lead_scoring.delete_built_dates('lead_scoring__funnel_daily', lead_scoring.scoring_dates()) }}",
        post_hook=[
            "{{ lead_scoring.keep_own_rows(this, 'as_of_date', lead_scoring.scoring_dates()) }}",
            "{{ lead_scoring.forget_dates(this, 'as_of_date', lead_scoring.history_days()) }}",
        ],
    )
}}
-- A run replaces the dates that it scores and leaves all others as they were. The rules of a date are
-- there before its scores, so that none stands without them.
-- depends_on: {{ ref('lead_scoring__stage_rules') }}
with

ranked_leads as (

    select * from {{ ref('int_lead_scoring__ranked_leads') }}

),

dated_versions as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}
    where version_from is not null

),

final as (

    select
        ranked_leads.model_id,
        ranked_leads.lead_id,
        ranked_leads.as_of_date,
        ranked_leads.score_rank,
        ranked_leads.score_percentile,
        ranked_leads.score,
        ranked_leads.fit_points,
        ranked_leads.engagement_points,
        ranked_leads.grade,
        ranked_leads.stage,
        ranked_leads.candidate_stage,
        ranked_leads.held_stages,
        ranked_leads.is_excluded,
        ranked_leads.last_engaged_on,
        '{{ "as_known" if lead_scoring.is_as_known() else "restated" }}' as basis,
        coalesce(
            cast(dated_versions.version_from as date),
            cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as date)
        ) as attributes_date,
        {{ lead_scoring.run_id() }} as run_id
    from ranked_leads
    left join dated_versions
        on
            ranked_leads.as_of_date = dated_versions.as_of_date
            and ranked_leads.lead_id = dated_versions.lead_id

)

select * from final
