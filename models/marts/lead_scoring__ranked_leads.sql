with

ranked_leads as (

    select * from {{ ref('int_lead_scoring__ranked_leads') }}

),

reasons as (

    select * from {{ ref('int_lead_scoring__reasons') }}

),

next_actions as (

    select * from {{ ref('int_lead_scoring__next_actions') }}

),

lifecycle_stages as (

    select * from {{ ref('int_lead_scoring__lifecycle_stages') }}

),

score_changes as (

    select * from {{ ref('int_lead_scoring__score_changes') }}

),

conversion_probabilities as (

    select * from {{ ref('int_lead_scoring__conversion_probabilities') }}

),

final as (

    select
        ranked_leads.model_id,
        ranked_leads.lead_id,
        ranked_leads.as_of_date,
        ranked_leads.score_rank,
        ranked_leads.score_percentile,
        ranked_leads.score,
        ranked_leads.fit_points,
        ranked_leads.engagement_points,
        ranked_leads.fit_band,
        ranked_leads.engagement_band,
        ranked_leads.grade,
        ranked_leads.stage,
        ranked_leads.is_excluded,
        ranked_leads.exclusion_reasons,
        ranked_leads.last_engaged_on,
        reasons.reason_1,
        reasons.reason_2,
        reasons.reason_3,
        next_actions.action,
        next_actions.owner_team,
        next_actions.sla_hours,
        next_actions.nurture_track,
        lifecycle_stages.lifecycle_stage,
        lifecycle_stages.previous_stage,
        lifecycle_stages.stage_entered_on,
        lifecycle_stages.days_in_stage,
        score_changes.previous_score,
        score_changes.score_change_1_day,
        score_changes.score_change_7_days,
        score_changes.score_change_30_days,
        score_changes.trend,
        conversion_probabilities.conversion_probability,
        conversion_probabilities.expected_value
    from ranked_leads
    left join reasons
        on
            ranked_leads.as_of_date = reasons.as_of_date
            and ranked_leads.model_id = reasons.model_id
            and ranked_leads.lead_id = reasons.lead_id
    left join next_actions
        on
            ranked_leads.model_id = next_actions.model_id
            and ranked_leads.stage = next_actions.stage
            and ranked_leads.fit_band = next_actions.fit_band
            and ranked_leads.engagement_band = next_actions.engagement_band
    left join lifecycle_stages
        on
            ranked_leads.as_of_date = lifecycle_stages.as_of_date
            and ranked_leads.model_id = lifecycle_stages.model_id
            and ranked_leads.lead_id = lifecycle_stages.lead_id
    left join score_changes
        on
            ranked_leads.as_of_date = score_changes.as_of_date
            and ranked_leads.model_id = score_changes.model_id
            and ranked_leads.lead_id = score_changes.lead_id
    left join conversion_probabilities
        on
            ranked_leads.as_of_date = conversion_probabilities.as_of_date
            and ranked_leads.model_id = conversion_probabilities.model_id
            and ranked_leads.lead_id = conversion_probabilities.lead_id

)

select * from final
