{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
    )
}}
-- The scores of each date beside what came of the leads. Many dates are scored a few at a time, and
-- gathered here.
with

graded_leads as (

    select * from {{ ref('int_lead_scoring__graded_leads') }}

),

conversion_probabilities as (

    select * from {{ ref('int_lead_scoring__conversion_probabilities') }}

),

labels as (

    select * from {{ ref('int_lead_scoring__labels') }}
    where left_out_because is null

),

final as (

    select
        graded_leads.model_id,
        graded_leads.lead_id,
        graded_leads.as_of_date,
        labels.lead_group,
        graded_leads.score,
        graded_leads.fit_points,
        graded_leads.engagement_points,
        graded_leads.fit_band,
        graded_leads.engagement_band,
        graded_leads.stage,
        graded_leads.is_excluded,
        conversion_probabilities.conversion_probability,
        labels.conversions,
        labels.days_to_conversion,
        labels.revenue,
        labels.lead_source,
        labels.country_code
    from graded_leads
    inner join labels
        on
            graded_leads.as_of_date = labels.as_of_date
            and graded_leads.lead_id = labels.lead_id
    left join conversion_probabilities
        on
            graded_leads.as_of_date = conversion_probabilities.as_of_date
            and graded_leads.model_id = conversion_probabilities.model_id
            and graded_leads.lead_id = conversion_probabilities.lead_id

)

select * from final
