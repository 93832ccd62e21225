{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='as_of_date',
        partition_by=lead_scoring.partition_by_date('as_of_date'),
        on_schema_change='append_new_columns',
        full_refresh=false,
    )
}}
{%- set days = lead_scoring.type_decimal(11, 1) -%}
-- How many leads are in a stage, came and went, and how many of those that ever came went on from it
-- to a higher one or were won. Each entry is a try of its own.
with

stage_rules as (

    select * from {{ ref('lead_scoring__stage_rules') }}

),

lifecycle_stages as (

    select * from {{ ref('int_lead_scoring__lifecycle_stages') }}

),

stage_periods as (

    select * from {{ ref('int_lead_scoring__stage_periods') }}

),

funnel_dates as (

    select distinct
        lifecycle_stages.as_of_date,
        lifecycle_stages.model_id
    from lifecycle_stages

),

-- Stages of the configuration, and where leads are or were without a rule of their own.
funnel_stages as (

    select
        stage_rules.as_of_date,
        stage_rules.model_id,
        stage_rules.stage
    from stage_rules
    inner join funnel_dates
        on
            stage_rules.as_of_date = funnel_dates.as_of_date
            and stage_rules.model_id = funnel_dates.model_id

    union distinct

    select
        funnel_dates.as_of_date,
        funnel_dates.model_id,
        stage_periods.stage
    from funnel_dates
    inner join stage_periods
        on
            funnel_dates.model_id = stage_periods.model_id
            and funnel_dates.as_of_date >= stage_periods.entered_on

),

held as (

    select
        lifecycle_stages.as_of_date,
        lifecycle_stages.model_id,
        lifecycle_stages.lifecycle_stage as stage,
        count(*) as leads
    from lifecycle_stages
    group by lifecycle_stages.as_of_date, lifecycle_stages.model_id, lifecycle_stages.lifecycle_stage

),

-- Periods of one length that begin and end alike are counted together, so that few rows are left.
period_counts as (

    select
        stage_periods.model_id,
        stage_periods.stage,
        stage_periods.entered_on,
        stage_periods.left_on,
        stage_periods.is_conversion,
        {{ dbt.datediff('stage_periods.entered_on', 'stage_periods.left_on', 'day') }}
            as days_in_stage,
        count(*) as periods
    from stage_periods
    group by
        stage_periods.model_id,
        stage_periods.stage,
        stage_periods.entered_on,
        stage_periods.left_on,
        stage_periods.is_conversion

),

moved as (

    select
        funnel_dates.as_of_date,
        funnel_dates.model_id,
        period_counts.stage,
        sum(case when period_counts.entered_on = funnel_dates.as_of_date then period_counts.periods else 0 end)
            as entries,
        sum(case when period_counts.left_on = funnel_dates.as_of_date then period_counts.periods else 0 end) as exits,
        sum(period_counts.periods) as entries_to_date,
        sum(
            case
                when period_counts.is_conversion and period_counts.left_on = funnel_dates.as_of_date
                    then period_counts.periods
                else 0
            end
        ) as conversions,
        sum(
            case
                when period_counts.is_conversion and period_counts.left_on <= funnel_dates.as_of_date
                    then period_counts.periods
                else 0
            end
        ) as conversions_to_date
    from funnel_dates
    inner join period_counts
        on
            funnel_dates.model_id = period_counts.model_id
            and funnel_dates.as_of_date >= period_counts.entered_on
    group by funnel_dates.as_of_date, funnel_dates.model_id, period_counts.stage

),

conversion_days as (

    select
        funnel_dates.as_of_date,
        funnel_dates.model_id,
        period_counts.stage,
        period_counts.days_in_stage,
        sum(period_counts.periods) as periods
    from funnel_dates
    inner join period_counts
        on
            funnel_dates.model_id = period_counts.model_id
            and funnel_dates.as_of_date >= period_counts.left_on
    where period_counts.is_conversion
    group by
        funnel_dates.as_of_date, funnel_dates.model_id, period_counts.stage, period_counts.days_in_stage

),

-- The median is the middle one of all, or lies half-way between the two in the middle.
counted_days as (

    select
        conversion_days.*,
        sum(conversion_days.periods) over (
            partition by conversion_days.as_of_date, conversion_days.model_id, conversion_days.stage
            order by conversion_days.days_in_stage asc
            rows between unbounded preceding and current row
        ) as periods_so_far,
        sum(conversion_days.periods) over (
            partition by conversion_days.as_of_date, conversion_days.model_id, conversion_days.stage
        ) as all_periods
    from conversion_days

),

medians as (

    select
        counted_days.as_of_date,
        counted_days.model_id,
        counted_days.stage,
        min(case when 2 * counted_days.periods_so_far >= counted_days.all_periods then counted_days.days_in_stage end)
        + min(case when 2 * counted_days.periods_so_far > counted_days.all_periods then counted_days.days_in_stage end)
            as twice_the_days
    from counted_days
    group by counted_days.as_of_date, counted_days.model_id, counted_days.stage

),

counted as (

    select
        funnel_stages.model_id,
        funnel_stages.as_of_date,
        funnel_stages.stage,
        stage_rules.stage_order,
        cast(coalesce(held.leads, 0) as bigint) as leads,
        {%- for figure in ('entries', 'exits', 'conversions', 'entries_to_date', 'conversions_to_date') %}
        cast(coalesce(moved.{{ figure }}, 0) as bigint) as {{ figure }},
        {%- endfor %}
        -- In halves of a ten-thousandth, so that whole numbers round the rate, on every engine alike.
        cast(20000 * moved.conversions_to_date + moved.entries_to_date as bigint) as rounded_up,
        medians.twice_the_days
    from funnel_stages
    left join stage_rules
        on
            funnel_stages.as_of_date = stage_rules.as_of_date
            and funnel_stages.model_id = stage_rules.model_id
            and funnel_stages.stage = stage_rules.stage
    {%- for relation in ('held', 'moved', 'medians') %}
    left join {{ relation }}
        on
            funnel_stages.as_of_date = {{ relation }}.as_of_date
            and funnel_stages.model_id = {{ relation }}.model_id
            and funnel_stages.stage = {{ relation }}.stage
    {%- endfor %}

),

final as (

    select
        counted.model_id,
        counted.as_of_date,
        counted.stage,
        counted.stage_order,
        counted.leads,
        counted.entries,
        counted.exits,
        counted.conversions,
        counted.entries_to_date,
        counted.conversions_to_date,
        case
            when counted.stage_order is not null and counted.entries_to_date > 0
                then
                    cast(
                        cast(
                            (counted.rounded_up - mod(counted.rounded_up, 2 * counted.entries_to_date))
                            / (2 * counted.entries_to_date)
                            as integer
                        ) * cast(0.0001 as {{ lead_scoring.type_decimal(5, 4) }})
                        as {{ lead_scoring.type_decimal(5, 4) }}
                    )
        end as conversion_rate,
        cast(counted.twice_the_days * cast(0.5 as {{ lead_scoring.type_decimal(2, 1) }}) as {{ days }})
            as median_days_to_conversion
    from counted

)

select * from final
