-- From group points to the score, for every lead that exists on the date and every model. The
-- figures before each limit and rounding stay beside those after it: the ledger shows both.
with

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

models as (

    select * from {{ ref('lead_scoring__models') }}

),

group_points as (

    select * from {{ ref('int_lead_scoring__group_points') }}

),

dimension_points as (

    select
        group_points.as_of_date,
        group_points.model_id,
        group_points.lead_id,
        sum(case when group_points.dimension = 'fit' then group_points.group_points end) as fit_sum,
        sum(case when group_points.dimension = 'engagement' then group_points.group_points end) as engagement_sum
    from group_points
    group by group_points.as_of_date, group_points.model_id, group_points.lead_id

),

summed as (

    select
        scored_leads.as_of_date,
        scored_leads.lead_id,
        models.model_id,
        models.fit_max_points,
        models.engagement_max_points,
        models.min_score,
        models.max_score,
        cast(coalesce(models.fit_weight, 1) as {{ lead_scoring.type_decimal(8, 4) }}) as fit_weight,
        cast(coalesce(models.engagement_weight, 1) as {{ lead_scoring.type_decimal(8, 4) }}) as engagement_weight,
        cast(coalesce(dimension_points.fit_sum, 0) as {{ lead_scoring.type_decimal(38, 6) }}) as fit_sum,
        cast(coalesce(dimension_points.engagement_sum, 0) as {{ lead_scoring.type_decimal(38, 6) }}) as engagement_sum
    from scored_leads
    cross join models
    left join dimension_points
        on
            scored_leads.as_of_date = dimension_points.as_of_date
            and scored_leads.lead_id = dimension_points.lead_id
            and models.model_id = dimension_points.model_id

),

held as (

    select
        summed.*,
        {{ lead_scoring.held_between('summed.fit_sum', 'null', 'summed.fit_max_points', 6) }} as fit_held,
        {{ lead_scoring.held_between('summed.engagement_sum', 'null', 'summed.engagement_max_points', 6) }}
            as engagement_held
    from summed

),

rounded as (

    select
        held.*,
        cast(round(held.fit_held, 4) as {{ lead_scoring.type_decimal(28, 4) }}) as fit_points,
        cast(round(held.engagement_held, 4) as {{ lead_scoring.type_decimal(28, 4) }}) as engagement_points
    from held

),

weighted as (

    select
        rounded.*,
        cast(rounded.fit_points * rounded.fit_weight as {{ lead_scoring.type_decimal(37, 8) }}) as weighted_fit,
        cast(rounded.engagement_points * rounded.engagement_weight as {{ lead_scoring.type_decimal(37, 8) }})
            as weighted_engagement
    from rounded

),

totalled as (

    select
        weighted.*,
        cast(weighted.weighted_fit + weighted.weighted_engagement as {{ lead_scoring.type_decimal(38, 8) }})
            as weighted_total
    from weighted

),

limited as (

    select
        totalled.*,
        {{ lead_scoring.held_between('totalled.weighted_total', 'totalled.min_score', 'totalled.max_score', 8) }}
            as held_total
    from totalled

),

final as (

    select
        limited.as_of_date,
        limited.model_id,
        limited.lead_id,
        limited.fit_sum,
        limited.fit_held,
        cast(limited.fit_points as {{ lead_scoring.type_decimal(38, 4) }}) as fit_points,
        limited.weighted_fit,
        limited.engagement_sum,
        limited.engagement_held,
        cast(limited.engagement_points as {{ lead_scoring.type_decimal(38, 4) }}) as engagement_points,
        limited.weighted_engagement,
        limited.weighted_total,
        limited.held_total,
        cast(round(limited.held_total, 4) as {{ lead_scoring.type_decimal(38, 4) }}) as score
    from limited

)

select * from final
