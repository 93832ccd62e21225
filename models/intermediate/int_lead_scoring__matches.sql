{{ config(materialized='view') }}

-- The criteria that ask about a lead or about a figure of its events, beside each lead that meets
-- them. A view: it is read once.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}

),

lead_attributes as (

    select * from {{ ref('int_lead_scoring__lead_attributes') }}

),

attribute_matches as (

    select * from {{ ref('int_lead_scoring__attribute_matches') }}

),

event_figures as (

    select * from {{ ref('int_lead_scoring__event_figures') }}

),

figure_matches as (

    select * from {{ ref('int_lead_scoring__figure_matches') }}

),

attribute_conditions as (

    select
        conditions.condition_id,
        conditions.property as attribute,
        criteria.criterion_key
    from conditions
    inner join criteria
        on
            conditions.property = criteria.subject
            and conditions.operator = criteria.operator
            and coalesce(conditions.operand, '') = coalesce(criteria.operand, '')
    where
        conditions.asked_of = 'lead'
        and criteria.signal = 'attribute'

),

criterion_values as (

    select
        attribute_conditions.criterion_key,
        attribute_conditions.attribute,
        attribute_matches.value
    from attribute_conditions
    inner join attribute_matches on attribute_conditions.condition_id = attribute_matches.condition_id

),

final as (

    select
        lead_attributes.as_of_date,
        lead_attributes.lead_id,
        criterion_values.criterion_key
    from lead_attributes
    inner join criterion_values
        on
            lead_attributes.attribute = criterion_values.attribute
            and lead_attributes.value = criterion_values.value

    union all

    select
        event_figures.as_of_date,
        event_figures.lead_id,
        event_figures.criterion_key
    from event_figures
    inner join conditions
        on
            event_figures.property = conditions.property
            and conditions.asked_of = 'figure'
    inner join figure_matches
        on
            conditions.condition_id = figure_matches.condition_id
            and event_figures.value = figure_matches.value

)

select * from final
