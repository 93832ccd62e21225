-- What each criterion earned each lead. A match worth 0 points is a row too; a criterion that did
-- not match, or counted nothing, has none.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}

),

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

lead_attributes as (

    select * from {{ ref('int_lead_scoring__lead_attributes') }}

),

attribute_matches as (

    select * from {{ ref('int_lead_scoring__attribute_matches') }}

),

event_totals as (

    select * from {{ ref('int_lead_scoring__event_totals') }}

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

matched as (

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

),

earned as (

    select
        matched.as_of_date,
        matched.lead_id,
        matched.criterion_key,
        cast(1 as bigint) as occurrences,
        cast(round(criteria.full_points, 6) as {{ lead_scoring.type_decimal(38, 6) }}) as points,
        cast(null as date) as first_event_date,
        cast(null as date) as last_event_date
    from matched
    inner join criteria on matched.criterion_key = criteria.criterion_key

    union all

    select
        event_totals.as_of_date,
        event_totals.lead_id,
        event_totals.criterion_key,
        event_totals.occurrences,
        event_totals.points,
        event_totals.first_event_date,
        event_totals.last_event_date
    from event_totals
    inner join criteria on event_totals.criterion_key = criteria.criterion_key
    inner join scored_leads
        on
            event_totals.as_of_date = scored_leads.as_of_date
            and event_totals.lead_id = scored_leads.lead_id
    where criteria.signal = 'event'

)

select * from earned
