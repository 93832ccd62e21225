-- What each criterion earned each lead. A match worth 0 points is a row too; a criterion that did
-- not match, or counted nothing, has none.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

matches as (

    select * from {{ ref('int_lead_scoring__matches') }}

),

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

event_totals as (

    select * from {{ ref('int_lead_scoring__event_totals') }}

),

earned as (

    select
        matches.as_of_date,
        matches.lead_id,
        matches.criterion_key,
        cast(1 as bigint) as occurrences,
        cast(round(criteria.full_points, 6) as {{ lead_scoring.type_decimal(38, 6) }}) as points,
        cast(null as date) as first_event_date,
        cast(null as date) as last_event_date
    from matches
    inner join criteria on matches.criterion_key = criteria.criterion_key

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
