{{ config(materialized='view') }}

{%- set slices = {
    'overall': "'all'",
    'period': 'substr(cast(evaluated_leads.as_of_date as ' ~ dbt.type_string() ~ '), 1, 7)',
    'lead_source': "coalesce(evaluated_leads.lead_source, '(blank)')",
    'country': "coalesce(evaluated_leads.country_code, '(blank)')",
} %}
-- Every evaluated lead in all slices that it belongs to. A view: it never stands in full.
with

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}

),

final as (

    {% for slice, expression in slices.items() -%}
    select
        evaluated_leads.model_id,
        '{{ slice }}' as slice,
        {{ expression }} as slice_value,
        evaluated_leads.as_of_date,
        evaluated_leads.lead_id,
        evaluated_leads.lead_group,
        evaluated_leads.score,
        evaluated_leads.conversion_probability,
        evaluated_leads.conversions
    from evaluated_leads
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

)

select * from final
