-- From the earliest date of the run on, the history has to be gone through again: what a later date
-- holds may depend on it. On an ordinary night that is the one date. The way begins earlier where a
-- build was interrupted, which is seen by the funnel, the last thing that is made of a date.
with

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

stage_rules as (

    select * from {{ ref('lead_scoring__stage_rules') }}

),

history_dates as (

    select * from {{ ref('int_lead_scoring__history_dates') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

last_funnel as (

    select * from {{ lead_scoring.last_funnel() }}

),

gone_through as (

    select distinct last_funnel.as_of_date
    from last_funnel

),

owed_dates as (

    select scoring_dates.as_of_date
    from scoring_dates

    union all

    select history_dates.as_of_date
    from history_dates
    left join gone_through on history_dates.as_of_date = gone_through.as_of_date
    where gone_through.as_of_date is null

),

first_dates as (

    select min(owed_dates.as_of_date) as first_date
    from owed_dates

),

replayed as (

    select
        score_history.as_of_date,
        score_history.model_id,
        score_history.lead_id,
        history_dates.previous_date,
        score_history.score,
        case when score_history.is_excluded then score_history.stage else score_history.candidate_stage end
            as target_stage,
        score_history.held_stages,
        {{ dbt.datediff('score_history.last_engaged_on', 'score_history.as_of_date', 'day') }}
            as silent_days
    from score_history
    inner join history_dates on score_history.as_of_date = history_dates.as_of_date
    inner join first_dates on history_dates.as_of_date >= first_dates.first_date

),

final as (

    select
        replayed.as_of_date,
        replayed.model_id,
        replayed.lead_id,
        cast(
            row_number() over (
                partition by replayed.model_id, replayed.lead_id
                order by replayed.as_of_date asc
            ) as integer
        ) as step_number,
        replayed.previous_date,
        replayed.score,
        replayed.target_stage,
        stage_rules.stage_order as target_order,
        replayed.held_stages,
        replayed.silent_days
    from replayed
    left join stage_rules
        on
            replayed.as_of_date = stage_rules.as_of_date
            and replayed.model_id = stage_rules.model_id
            and replayed.target_stage = stage_rules.stage

)

select * from final
