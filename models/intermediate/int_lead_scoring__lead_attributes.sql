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

final as (

    select
        scored_leads.as_of_date,
        scored_leads.lead_id,
        asked_attributes.attribute,
        coalesce(
            case asked_attributes.attribute
                {%- for attribute in attributes %}
                when {{ lead_scoring.text_literal(attribute.name) }}
                    then
                        {% if attribute.column == 'lead_age_days' -%}
                            cast(scored_leads.lead_age_days as varchar)
                        {%- else -%}
                            leads.{{ attribute.column }}
                        {%- endif %}
                {%- endfor %}
            end,
            ''
        ) as value
    from scored_leads
    inner join leads on scored_leads.lead_id = leads.lead_id
    cross join asked_attributes

)

select * from final
