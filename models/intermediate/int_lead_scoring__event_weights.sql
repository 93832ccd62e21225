{%- set double = lead_scoring.type_double() -%}
-- The weight calendar: what one occurrence of an event type on one day is worth to a criterion on
-- a scoring date. Decay is a property of a rule and an age, so it is worked out here once per
-- rule and day and never per event. Only days that have events are in it.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}
    where signal not in ('attribute', 'recency')

),

daily_events as (

    select * from {{ ref('int_lead_scoring__daily_events') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

event_days as (

    select distinct
        daily_events.event_type,
        daily_events.filter_key,
        daily_events.event_date
    from daily_events

),

aged as (

    select
        scoring_dates.as_of_date,
        event_days.event_type,
        event_days.filter_key,
        event_days.event_date,
        {{ dbt.datediff('event_days.event_date', 'scoring_dates.as_of_date', 'day') }}
            as age
    from event_days
    cross join scoring_dates

),

decayed as (

    select
        aged.as_of_date,
        aged.event_type,
        aged.filter_key,
        aged.event_date,
        criteria.criterion_key,
        criteria.full_points,
        cast(
            case criteria.decay_method
                when 'exponential'
                    then power(cast(0.5 as {{ double }}), aged.age / cast(criteria.half_life_days as {{ double }}))
                when 'linear'
                    then
                        case
                            when aged.age < criteria.lifetime_days
                                then
                                    cast(criteria.lifetime_days - aged.age as {{ double }})
                                    / cast(criteria.lifetime_days as {{ double }})
                            else 0
                        end
                when 'step'
                    then
                        greatest(
                            0,
                            1 - cast(criteria.step_fraction as {{ double }})
                            * floor(cast(aged.age as {{ double }}) / cast(criteria.step_days as {{ double }}))
                        )
                else 1
            end
            as {{ lead_scoring.type_decimal(13, 12) }}
        ) as decay
    from aged
    inner join criteria
        on
            aged.filter_key = criteria.filter_key
            and (aged.event_type = criteria.subject or criteria.subject = '*')
    where
        aged.age >= 0
        and (criteria.window_days is null or aged.age < criteria.window_days)

),

final as (

    select
        decayed.as_of_date,
        decayed.event_type,
        decayed.filter_key,
        decayed.event_date,
        decayed.criterion_key,
        cast(
            round({{ lead_scoring.fraction_of('decayed.full_points', 'decayed.decay', 20) }}, 6)
            as {{ lead_scoring.type_decimal(18, 6) }}
        ) as worth
    from decayed

)

select * from final
