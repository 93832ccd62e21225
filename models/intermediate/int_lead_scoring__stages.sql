-- The stage of every lead, model and date: customer, else disqualified, else the stage of greatest
-- order of which every given condition holds. Beside it stands what a stage with memory is made of:
-- the stage that a lead would be given anew, and those above it in which it would be left.
with

scores as (

    select * from {{ ref('int_lead_scoring__scores') }}

),

stages as (

    select * from {{ ref('int_lead_scoring__stage_definitions') }}

),

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

last_engagements as (

    select * from {{ ref('int_lead_scoring__last_engagements') }}

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

-- The stages of which all conditions but that on the score hold.
open_stages as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        stages.stage_order,
        cast(stages.stage_order as {{ dbt.type_string() }}) as stage_order_text,
        stages.min_score is null or scores.score >= stages.min_score as is_reached,
        stages.min_score is null or scores.score >= stages.exit_score as is_held,
        stages.recycle_after_days is not null
        and (
            last_engagements.last_engaged_on is null
            or {{ dbt.datediff('last_engagements.last_engaged_on', 'scores.as_of_date', 'day') }}
            >= stages.recycle_after_days
        ) as is_silent
    from scores
    inner join stages on scores.model_id = stages.model_id
    left join fulfilled_criteria
        on
            scores.as_of_date = fulfilled_criteria.as_of_date
            and scores.model_id = fulfilled_criteria.model_id
            and scores.lead_id = fulfilled_criteria.lead_id
            and stages.required_criterion = fulfilled_criteria.criterion_id
    left join last_engagements
        on
            scores.as_of_date = last_engagements.as_of_date
            and scores.lead_id = last_engagements.lead_id
    where
        (stages.min_fit is null or scores.fit_points >= stages.min_fit)
        and (stages.min_engagement is null or scores.engagement_points >= stages.min_engagement)
        and (stages.required_criterion is null or fulfilled_criteria.criterion_id is not null)

),

reached as (

    select
        open_stages.as_of_date,
        open_stages.model_id,
        open_stages.lead_id,
        max(
            case
                when open_stages.is_reached then open_stages.stage_order
            end
        ) as stage_order,
        max(case when open_stages.is_reached and not open_stages.is_silent then open_stages.stage_order end)
            as candidate_order
    from open_stages
    group by open_stages.as_of_date, open_stages.model_id, open_stages.lead_id

),

-- Few leads are between the score that leads into a stage and the one that leads out.
held as (

    select
        open_stages.as_of_date,
        open_stages.model_id,
        open_stages.lead_id,
        {{ lead_scoring.joined_text('open_stages.stage_order_text', '|', 'open_stages.stage_order_text') }} as orders
    from open_stages
    inner join reached
        on
            open_stages.as_of_date = reached.as_of_date
            and open_stages.model_id = reached.model_id
            and open_stages.lead_id = reached.lead_id
            and open_stages.stage_order > reached.candidate_order
    where
        open_stages.is_held
        and not open_stages.is_silent
    group by open_stages.as_of_date, open_stages.model_id, open_stages.lead_id

),

candidates as (

    select
        stages.model_id,
        stages.stage_order,
        stages.stage
    from stages

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
        candidates.stage as candidate_stage,
        '|' || held.orders || '|' as held_stages,
        customers.lead_id is not null or exclusion_reasons.lead_id is not null as is_excluded,
        case when customers.lead_id is null then exclusion_reasons.exclusion_reasons end as exclusion_reasons
    from reached
    left join stages
        on
            reached.model_id = stages.model_id
            and reached.stage_order = stages.stage_order
    left join candidates
        on
            reached.model_id = candidates.model_id
            and reached.candidate_order = candidates.stage_order
    left join held
        on
            reached.as_of_date = held.as_of_date
            and reached.model_id = held.model_id
            and reached.lead_id = held.lead_id
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
