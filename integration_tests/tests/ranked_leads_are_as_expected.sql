with

expected as (

    select * from {{ ref('expected_ranked_leads') }}

),

actual as (

    select * from {{ ref('lead_scoring', 'lead_scoring__ranked_leads') }}

),

missing as (

    select
        expected.model_id,
        expected.lead_id,
        expected.as_of_date,
        expected.score_rank,
        expected.score_percentile,
        expected.score,
        expected.fit_points,
        expected.engagement_points,
        expected.grade,
        expected.stage,
        expected.is_excluded,
        expected.exclusion_reasons,
        expected.last_engaged_on,
        expected.reason_1,
        expected.reason_2,
        expected.reason_3,
        expected.action,
        expected.owner_team,
        expected.nurture_track
    from expected

    except

    select
        actual.model_id,
        actual.lead_id,
        actual.as_of_date,
        actual.score_rank,
        actual.score_percentile,
        actual.score,
        actual.fit_points,
        actual.engagement_points,
        actual.grade,
        actual.stage,
        actual.is_excluded,
        actual.exclusion_reasons,
        actual.last_engaged_on,
        actual.reason_1,
        actual.reason_2,
        actual.reason_3,
        actual.action,
        actual.owner_team,
        actual.nurture_track
    from actual

),

unexpected as (

    select
        actual.model_id,
        actual.lead_id,
        actual.as_of_date,
        actual.score_rank,
        actual.score_percentile,
        actual.score,
        actual.fit_points,
        actual.engagement_points,
        actual.grade,
        actual.stage,
        actual.is_excluded,
        actual.exclusion_reasons,
        actual.last_engaged_on,
        actual.reason_1,
        actual.reason_2,
        actual.reason_3,
        actual.action,
        actual.owner_team,
        actual.nurture_track
    from actual

    except

    select
        expected.model_id,
        expected.lead_id,
        expected.as_of_date,
        expected.score_rank,
        expected.score_percentile,
        expected.score,
        expected.fit_points,
        expected.engagement_points,
        expected.grade,
        expected.stage,
        expected.is_excluded,
        expected.exclusion_reasons,
        expected.last_engaged_on,
        expected.reason_1,
        expected.reason_2,
        expected.reason_3,
        expected.action,
        expected.owner_team,
        expected.nurture_track
    from expected

),

final as (

    select
        'missing' as problem,
        missing.*
    from missing

    union all

    select
        'unexpected' as problem,
        unexpected.*
    from unexpected

)

select * from final
