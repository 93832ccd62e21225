{%- set attributes = lead_scoring.lead_attribute_columns() -%}
-- The attributes that some rule asks about, in long form.
with

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

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
        leads.*,
        scored_leads.as_of_date,
        cast(scored_leads.lead_age_days as {{ dbt.type_string() }}) as lead_age_days
    from scored_leads
    inner join leads on scored_leads.lead_id = leads.lead_id

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
