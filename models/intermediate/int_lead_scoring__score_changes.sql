{%- set columns = lead_scoring.input_columns(ref('lead_scoring__models')) -%}
{%- set figure = lead_scoring.type_decimal(38, 4) -%}
-- The score against that of the scored date before, and of exactly 1, 7 and 30 days before. A date
-- that was not scored has no score to compare with.
with

ranked_leads as (

    select * from {{ ref('int_lead_scoring__ranked_leads') }}

),

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

history_dates as (

    select * from {{ ref('int_lead_scoring__history_dates') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

models as (

    select * from {{ ref('lead_scoring__models') }}

),

thresholds as (

    select
        models.model_id,
        coalesce(
            {{ lead_scoring.optional_column(columns, 'models', 'trend_points', lead_scoring.type_decimal(11, 4)) }},
            5
        ) as trend_points
    from models

),

previous_dates as (

    select
        scoring_dates.as_of_date,
        history_dates.previous_date
    from scoring_dates
    inner join history_dates on scoring_dates.as_of_date = history_dates.as_of_date

),

earlier_dates as (

    select
        previous_dates.as_of_date,
        previous_dates.previous_date,
        history_dates.as_of_date as earlier_date,
        {{ dbt.datediff('history_dates.as_of_date', 'previous_dates.as_of_date', 'day') }}
            as days_before
    from previous_dates
    inner join history_dates on previous_dates.as_of_date > history_dates.as_of_date

),

compared_dates as (

    select * from earlier_dates
    where
        earlier_date = previous_date
        or days_before in (1, 7, 30)

),

earlier_scores as (

    select
        {% for days in (1, 7, 30) -%}
        max(case when compared_dates.days_before = {{ days }} then score_history.score end)
            as score_{{ days }}_days_before,
        {% endfor -%}
        max(case when compared_dates.earlier_date = compared_dates.previous_date then score_history.score end)
            as previous_score,
        compared_dates.as_of_date,
        score_history.model_id,
        score_history.lead_id
    from compared_dates
    inner join score_history on compared_dates.earlier_date = score_history.as_of_date
    group by compared_dates.as_of_date, score_history.model_id, score_history.lead_id

),

changes as (

    select
        ranked_leads.as_of_date,
        ranked_leads.model_id,
        ranked_leads.lead_id,
        earlier_scores.previous_score,
        cast(ranked_leads.score - earlier_scores.score_1_days_before as {{ figure }}) as score_change_1_day,
        cast(ranked_leads.score - earlier_scores.score_7_days_before as {{ figure }}) as score_change_7_days,
        cast(ranked_leads.score - earlier_scores.score_30_days_before as {{ figure }}) as score_change_30_days,
        thresholds.trend_points
    from ranked_leads
    inner join thresholds on ranked_leads.model_id = thresholds.model_id
    inner join earlier_scores
        on
            ranked_leads.as_of_date = earlier_scores.as_of_date
            and ranked_leads.model_id = earlier_scores.model_id
            and ranked_leads.lead_id = earlier_scores.lead_id

),

final as (

    select
        changes.as_of_date,
        changes.model_id,
        changes.lead_id,
        changes.previous_score,
        changes.score_change_1_day,
        changes.score_change_7_days,
        changes.score_change_30_days,
        case
            when changes.score_change_7_days >= changes.trend_points then 'warming'
            when changes.score_change_7_days <= -changes.trend_points then 'cooling'
            when changes.score_change_7_days is not null then 'steady'
        end as trend
    from changes

)

select * from final
