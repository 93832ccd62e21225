-- The reasons of every exclusion rule that matches a lead, in the order of the rules' ids.
with

exclusions as (

    select * from {{ ref('lead_scoring__exclusions') }}

),

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'lead'

),

lead_attributes as (

    select * from {{ ref('int_lead_scoring__lead_attributes') }}

),

attribute_matches as (

    select * from {{ ref('int_lead_scoring__attribute_matches') }}

),

exclusion_values as (

    select
        exclusions.model_id,
        exclusions.exclusion_id,
        case
            when {{ lead_scoring.trimmed('exclusions.reason') }} is null then exclusions.exclusion_id
            else exclusions.reason
        end as reason,
        conditions.property as attribute,
        attribute_matches.value
    from exclusions
    inner join conditions
        on
            {{ lead_scoring.lowered(lead_scoring.trimmed('exclusions.attribute')) }} = conditions.property
            and exclusions.operator = conditions.operator
            and coalesce({{ lead_scoring.lowered(lead_scoring.trimmed('exclusions.value')) }}, '')
            = coalesce(conditions.operand, '')
    inner join attribute_matches on conditions.condition_id = attribute_matches.condition_id

),

final as (

    select
        lead_attributes.as_of_date,
        exclusion_values.model_id,
        lead_attributes.lead_id,
        {{ lead_scoring.joined_text('exclusion_values.reason', '; ', 'exclusion_values.exclusion_id') }}
            as exclusion_reasons
    from lead_attributes
    inner join exclusion_values
        on
            lead_attributes.attribute = exclusion_values.attribute
            and lead_attributes.value = exclusion_values.value
    group by lead_attributes.as_of_date, exclusion_values.model_id, lead_attributes.lead_id

)

select * from final
