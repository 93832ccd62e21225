-- Score, bands and stage of every lead, model and date.
with

scores as (

    select * from {{ ref('int_lead_scoring__scores') }}

),

stages as (

    select * from {{ ref('int_lead_scoring__stages') }}

),

fit_bands as (

    select * from {{ ref('int_lead_scoring__bands') }}
    where dimension = 'fit'

),

engagement_bands as (

    select * from {{ ref('int_lead_scoring__bands') }}
    where dimension = 'engagement'

),

final as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        scores.score,
        scores.fit_points,
        scores.engagement_points,
        fit_bands.band as fit_band,
        engagement_bands.band as engagement_band,
        stages.stage,
        stages.candidate_stage,
        stages.held_stages,
        stages.is_excluded,
        stages.exclusion_reasons
    from scores
    inner join stages
        on
            scores.as_of_date = stages.as_of_date
            and scores.model_id = stages.model_id
            and scores.lead_id = stages.lead_id
    left join fit_bands
        on
            scores.model_id = fit_bands.model_id
            and (fit_bands.min_points is null or scores.fit_points >= fit_bands.min_points)
            and (fit_bands.next_min_points is null or scores.fit_points < fit_bands.next_min_points)
    left join engagement_bands
        on
            scores.model_id = engagement_bands.model_id
            and (engagement_bands.min_points is null or scores.engagement_points >= engagement_bands.min_points)
            and (
                engagement_bands.next_min_points is null
                or scores.engagement_points < engagement_bands.next_min_points
            )

)

select * from final
