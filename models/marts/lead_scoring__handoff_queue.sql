{%- set entry = 'cast(handed_over.stage_entered_on as ' ~ dbt.type_timestamp() ~ ')' -%}
-- A hand-off is an action that names a team and the hours within which it acts. The hours run from
-- the end of the day on which the lead came into its stage; excluded leads are nobody's to call.
with

ranked_leads as (

    select * from {{ ref('int_lead_scoring__ranked_leads') }}
    where not is_excluded

),

lifecycle_stages as (

    select * from {{ ref('int_lead_scoring__lifecycle_stages') }}

),

next_actions as (

    select * from {{ ref('int_lead_scoring__next_actions') }}

),

handed_over as (

    select
        ranked_leads.model_id,
        ranked_leads.lead_id,
        ranked_leads.as_of_date,
        next_actions.owner_team,
        next_actions.action,
        lifecycle_stages.lifecycle_stage,
        lifecycle_stages.stage_entered_on,
        lifecycle_stages.days_in_stage,
        next_actions.sla_hours,
        mod(next_actions.sla_hours, 24) as hours_of_day,
        cast((next_actions.sla_hours - mod(next_actions.sla_hours, 24)) / 24 as integer) as whole_days,
        ranked_leads.score_rank,
        ranked_leads.score,
        ranked_leads.grade
    from ranked_leads
    inner join lifecycle_stages
        on
            ranked_leads.as_of_date = lifecycle_stages.as_of_date
            and ranked_leads.model_id = lifecycle_stages.model_id
            and ranked_leads.lead_id = lifecycle_stages.lead_id
    inner join next_actions
        on
            ranked_leads.model_id = next_actions.model_id
            and lifecycle_stages.lifecycle_stage = next_actions.stage
            and ranked_leads.fit_band = next_actions.fit_band
            and ranked_leads.engagement_band = next_actions.engagement_band
    where
        next_actions.owner_team is not null
        and next_actions.sla_hours is not null

),

due as (

    select
        handed_over.*,
        {{ dbt.dateadd('day', 'handed_over.whole_days + 1', entry) }}
            as due_day,
        cast(handed_over.sla_hours as bigint) - 24 * cast(handed_over.days_in_stage as bigint) as hours_left
    from handed_over

),

final as (

    select
        due.model_id,
        due.lead_id,
        due.as_of_date,
        due.owner_team,
        due.action,
        due.lifecycle_stage,
        due.stage_entered_on,
        due.days_in_stage,
        due.sla_hours,
        cast({{ dbt.dateadd('hour', 'due.hours_of_day', 'due.due_day') }} as {{ dbt.type_timestamp() }}) as sla_due_at,
        due.hours_left,
        due.hours_left < 0 as is_breached,
        due.score_rank,
        due.score,
        due.grade
    from due

)

select * from final
