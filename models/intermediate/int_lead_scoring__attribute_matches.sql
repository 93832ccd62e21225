with

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'lead'

),

lead_attributes as (

    select * from {{ ref('int_lead_scoring__lead_attributes') }}

),

attribute_values as (

    select distinct
        lead_attributes.attribute as property,
        lead_attributes.value
    from lead_attributes

),

{{ lead_scoring.condition_matches('conditions', 'attribute_values') }}

select * from condition_matches
