-- What each criterion earned each lead, by name.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

final as (

    select
        criteria.model_id,
        contributions.lead_id,
        contributions.as_of_date,
        criteria.criterion_id,
        criteria.group_id,
        criteria.dimension,
        contributions.occurrences,
        contributions.points,
        contributions.first_event_date,
        contributions.last_event_date
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key

)

select * from final
