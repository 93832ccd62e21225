{%- set type = lead_scoring.type_decimal(38, 8) -%}
{%- set kinds = {
    'stage': 'evaluated_leads.stage',
    'fit_band': 'evaluated_leads.fit_band',
    'engagement_band': 'evaluated_leads.engagement_band',
    'grade': 'evaluated_leads.fit_band || evaluated_leads.engagement_band',
} -%}
-- What came of the leads in each stage, band and grade.
with

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}

),

stages as (

    select * from {{ ref('int_lead_scoring__stage_definitions') }}

),

named as (

    {% for kind, expression in kinds.items() -%}
    select
        evaluated_leads.model_id,
        '{{ kind }}' as kind,
        {{ expression }} as name,
        evaluated_leads.conversions,
        evaluated_leads.days_to_conversion,
        evaluated_leads.revenue
    from evaluated_leads
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

counted as (

    select
        named.model_id,
        named.kind,
        named.name,
        count(*) as lead_dates,
        sum(named.conversions) as conversions,
        sum(named.days_to_conversion) as days_to_conversion,
        sum(named.revenue) as revenue
    from named
    where named.name is not null
    group by named.model_id, named.kind, named.name

),

added_up as (

    select
        counted.*,
        sum(counted.lead_dates) over (partition by counted.model_id, counted.kind) as all_lead_dates,
        sum(counted.conversions) over (partition by counted.model_id, counted.kind) as all_conversions
    from counted

),

final as (

    select
        added_up.model_id,
        added_up.kind,
        added_up.name,
        stages.stage_order,
        added_up.lead_dates,
        cast({{ lead_scoring.ratio('added_up.lead_dates', 'added_up.all_lead_dates') }} as {{ type }})
            as share_of_leads,
        cast(added_up.conversions as bigint) as conversions,
        cast({{ lead_scoring.ratio('added_up.conversions', 'added_up.lead_dates') }} as {{ type }}) as conversion_rate,
        cast({{ lead_scoring.ratio('added_up.conversions', 'added_up.all_conversions') }} as {{ type }}) as recall,
        cast({{ lead_scoring.ratio('added_up.all_conversions', 'added_up.all_lead_dates') }} as {{ type }})
            as base_rate,
        cast(
            {{ lead_scoring.ratio('added_up.conversions', 'added_up.lead_dates') }}
            / nullif({{ lead_scoring.ratio('added_up.all_conversions', 'added_up.all_lead_dates') }}, 0)
            as {{ type }}
        ) as lift,
        cast(
            {{ lead_scoring.ratio('added_up.days_to_conversion', 'added_up.conversions') }}
            as {{ lead_scoring.type_decimal(38, 4) }}
        ) as mean_days_to_conversion,
        cast(added_up.revenue as {{ lead_scoring.type_decimal(38, 4) }}) as revenue
    from added_up
    left join stages
        on
            added_up.model_id = stages.model_id
            and added_up.name = stages.stage
            and added_up.kind = 'stage'

)

select * from final
