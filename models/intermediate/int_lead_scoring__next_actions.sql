-- The action for each combination of stage, with memory or without, and bands that occurs. A blank
-- band stands for any; the row that names both bands wins, then fit_band alone, then engagement_band
-- alone, then neither.
with

graded_leads as (

    select * from {{ ref('int_lead_scoring__graded_leads') }}

),

lifecycle_stages as (

    select * from {{ ref('int_lead_scoring__lifecycle_stages') }}

),

actions as (

    select * from {{ ref('lead_scoring__actions') }}

),

combinations as (

    select
        graded_leads.model_id,
        graded_leads.stage,
        graded_leads.fit_band,
        graded_leads.engagement_band
    from graded_leads

    union distinct

    select
        graded_leads.model_id,
        lifecycle_stages.lifecycle_stage as stage,
        graded_leads.fit_band,
        graded_leads.engagement_band
    from graded_leads
    inner join lifecycle_stages
        on
            graded_leads.as_of_date = lifecycle_stages.as_of_date
            and graded_leads.model_id = lifecycle_stages.model_id
            and graded_leads.lead_id = lifecycle_stages.lead_id

),

numbered as (

    select
        combinations.*,
        actions.action,
        actions.owner_team,
        actions.sla_hours,
        actions.nurture_track,
        row_number() over (
            partition by
                combinations.model_id,
                combinations.stage,
                combinations.fit_band,
                combinations.engagement_band
            order by
                case when actions.fit_band is not null then 2 else 0 end
                + case when actions.engagement_band is not null then 1 else 0 end desc
        ) as choice
    from combinations
    inner join actions
        on
            combinations.model_id = actions.model_id
            and combinations.stage = actions.stage
            and (actions.fit_band is null or combinations.fit_band = actions.fit_band)
            and (actions.engagement_band is null or combinations.engagement_band = actions.engagement_band)

),

final as (

    select
        numbered.model_id,
        numbered.stage,
        numbered.fit_band,
        numbered.engagement_band,
        numbered.action,
        numbered.owner_team,
        numbered.sla_hours,
        numbered.nurture_track
    from numbered
    where numbered.choice = 1

)

select * from final
