-- The stage of every lead, model and date: customer, else disqualified, else the stage of greatest
-- order of which every given condition holds.
with

scores as (

    select * from {{ ref('int_lead_scoring__scores') }}

),

stages as (

    select * from {{ ref('lead_scoring__stages') }}

),

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

exclusion_reasons as (

    select * from {{ ref('int_lead_scoring__exclusion_reasons') }}

),

customers as (

    select * from {{ ref('int_lead_scoring__customers') }}

),

-- Only the criteria that some stage asks for.
fulfilled_criteria as (

    select distinct
        contributions.as_of_date,
        criteria.model_id,
        contributions.lead_id,
        criteria.criterion_id
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key
    inner join stages
        on
            criteria.model_id = stages.model_id
            and criteria.criterion_id = stages.required_criterion

),

reached as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        max(
            case
                when
                    (stages.min_score is null or scores.score >= stages.min_score)
                    and (stages.min_fit is null or scores.fit_points >= stages.min_fit)
                    and (stages.min_engagement is null or scores.engagement_points >= stages.min_engagement)
                    and (stages.required_criterion is null or fulfilled_criteria.criterion_id is not null)
                    then stages.stage_order
            end
        ) as stage_order
    from scores
    inner join stages on scores.model_id = stages.model_id
    left join fulfilled_criteria
        on
            scores.as_of_date = fulfilled_criteria.as_of_date
            and scores.model_id = fulfilled_criteria.model_id
            and scores.lead_id = fulfilled_criteria.lead_id
            and stages.required_criterion = fulfilled_criteria.criterion_id
    group by scores.as_of_date, scores.model_id, scores.lead_id

),

final as (

    select
        reached.as_of_date,
        reached.model_id,
        reached.lead_id,
        case
            when customers.lead_id is not null then 'customer'
            when exclusion_reasons.lead_id is not null then 'disqualified'
            else stages.stage
        end as stage,
        customers.lead_id is not null or exclusion_reasons.lead_id is not null as is_excluded,
        case when customers.lead_id is null then exclusion_reasons.exclusion_reasons end as exclusion_reasons
    from reached
    left join stages
        on
            reached.model_id = stages.model_id
            and reached.stage_order = stages.stage_order
    left join customers
        on
            reached.as_of_date = customers.as_of_date
            and reached.lead_id = customers.lead_id
    left join exclusion_reasons
        on
            reached.as_of_date = exclusion_reasons.as_of_date
            and reached.model_id = exclusion_reasons.model_id
            and reached.lead_id = exclusion_reasons.lead_id

)

select * from final
