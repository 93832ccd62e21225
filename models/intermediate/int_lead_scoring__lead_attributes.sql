{%- set attributes = lead_scoring.lead_attribute_columns() -%}
-- The attributes that some rule asks about, in long form.
with

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

versions as (

    select * from {{ ref('int_lead_scoring__lead_history') }}
    where rejection_reason is null

),

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'lead'

),

asked_attributes as (

    select distinct conditions.property as attribute
    from conditions

),

dated_leads as (

    select
        scored_leads.as_of_date,
        {%- for attribute in attributes if attribute.column != 'lead_age_days' %}
        leads.{{ attribute.column }},
        {%- endfor %}
        cast(scored_leads.lead_age_days as {{ dbt.type_string() }}) as lead_age_days
    from scored_leads
    inner join leads on scored_leads.lead_id = leads.lead_id
    where scored_leads.version_from is null

    union all

    select
        scored_leads.as_of_date,
        {%- for attribute in attributes if attribute.column != 'lead_age_days' %}
        versions.{{ attribute.column }},
        {%- endfor %}
        cast(scored_leads.lead_age_days as {{ dbt.type_string() }}) as lead_age_days
    from scored_leads
    inner join versions
        on
            scored_leads.lead_id = versions.lead_id
            and scored_leads.version_from = versions.valid_from

),

final as (

    select
        dated_leads.as_of_date,
        dated_leads.lead_id,
        asked_attributes.attribute,
        coalesce(
            case asked_attributes.attribute
                {%- for attribute in attributes %}
                when {{ lead_scoring.text_literal(attribute.name) }} then dated_leads.{{ attribute.column }}
                {%- endfor %}
            end,
            ''
        ) as value
    from dated_leads
    cross join asked_attributes

)

select * from final
