{%- set figure = lead_scoring.type_decimal(19, 6) -%}
{%- set double = lead_scoring.type_double() -%}
-- How likely a lead is to convert: logistic of the intercept and of what the score, or each criterion,
-- adds to the log odds. Models without a row of the conversion model have no probability. Log odds end
-- at 18 either way, where the probability is 0 or 1 to seven decimals.
with

conversion_model as (

    select * from {{ ref('lead_scoring__conversion_model') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

scores as (

    select * from {{ ref('int_lead_scoring__scores') }}

),

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

outcomes as (

    select * from {{ ref('int_lead_scoring__outcomes') }}
    where
        rejection_reason is null
        and outcome = 'won'
        and revenue is not null

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

intercepts as (

    select
        conversion_model.model_id,
        sum(case when conversion_model.term = 'intercept' then conversion_model.coefficient else 0 end) as intercept
    from conversion_model
    group by conversion_model.model_id

),

added as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        conversion_model.coefficient * cast(scores.score as {{ figure }}) as log_odds
    from scores
    inner join conversion_model
        on
            scores.model_id = conversion_model.model_id
            and conversion_model.term = 'score'

    union all

    select
        contributions.as_of_date,
        criteria.model_id,
        contributions.lead_id,
        conversion_model.coefficient * cast(contributions.points as {{ figure }}) as log_odds
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key
    inner join conversion_model
        on
            criteria.model_id = conversion_model.model_id
            and criteria.criterion_id = conversion_model.term
    where conversion_model.term not in ('intercept', 'score')

),

added_up as (

    select
        added.as_of_date,
        added.model_id,
        added.lead_id,
        sum(added.log_odds) as log_odds
    from added
    group by added.as_of_date, added.model_id, added.lead_id

),

held as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        greatest(
            -18, least(18, cast(intercepts.intercept + coalesce(added_up.log_odds, 0) as {{ double }}))
        ) as log_odds
    from scores
    inner join intercepts on scores.model_id = intercepts.model_id
    left join added_up
        on
            scores.as_of_date = added_up.as_of_date
            and scores.model_id = added_up.model_id
            and scores.lead_id = added_up.lead_id

),

revenues as (

    select
        scoring_dates.as_of_date,
        cast(sum(outcomes.revenue) as {{ double }}) / count(*) as mean_revenue
    from outcomes
    inner join scoring_dates on outcomes.outcome_date <= scoring_dates.as_of_date
    group by scoring_dates.as_of_date

),

probabilities as (

    select
        held.as_of_date,
        held.model_id,
        held.lead_id,
        cast(1 / (1 + exp(-held.log_odds)) as {{ lead_scoring.type_decimal(38, 8) }}) as conversion_probability
    from held

),

final as (

    select
        probabilities.as_of_date,
        probabilities.model_id,
        probabilities.lead_id,
        probabilities.conversion_probability,
        cast(
            cast(probabilities.conversion_probability as {{ double }}) * revenues.mean_revenue
            as {{ lead_scoring.type_decimal(38, 4) }}
        ) as expected_value
    from probabilities
    left join revenues on probabilities.as_of_date = revenues.as_of_date

)

select * from final
