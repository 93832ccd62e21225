{%- set type = lead_scoring.type_decimal(38, 8) -%}
-- What each whole score, as a cut-off, would send to sales, and how much of it converts. Disqualified
-- leads are not sent; their conversions count among those that are missed.
with

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}

),

floored as (

    select
        evaluated_leads.*,
        cast(floor(evaluated_leads.score) as bigint) as whole_score
    from evaluated_leads
    where not evaluated_leads.is_excluded

),

sizes as (

    select
        evaluated_leads.model_id,
        min(evaluated_leads.as_of_date) as first_date,
        count(distinct evaluated_leads.as_of_date) as dates,
        max(evaluated_leads.as_of_date) as last_date,
        count(*) as lead_dates,
        sum(evaluated_leads.conversions) as conversions
    from evaluated_leads
    group by evaluated_leads.model_id

),

durations as (

    select
        sizes.*,
        {{ dbt.datediff('sizes.first_date', 'sizes.last_date', 'day') }}
            as days
    from sizes

),

by_score as (

    select
        floored.model_id,
        floored.whole_score,
        count(*) as lead_dates,
        sum(floored.conversions) as conversions,
        sum(floored.revenue) as revenue
    from floored
    group by floored.model_id, floored.whole_score

),

-- A lead is sent once, on the first date on which it reaches the cut-off, so its highest score counts.
by_lead as (

    select
        floored.model_id,
        floored.lead_id,
        max(floored.whole_score) as highest_score,
        max(case when floored.as_of_date = sizes.first_date then floored.whole_score end) as first_score
    from floored
    inner join sizes on floored.model_id = sizes.model_id
    group by floored.model_id, floored.lead_id

),

arrivals as (

    select
        by_lead.model_id,
        by_lead.highest_score as whole_score,
        1 as leads,
        0 as first_leads
    from by_lead

    union all

    select
        by_lead.model_id,
        by_lead.first_score as whole_score,
        0 as leads,
        1 as first_leads
    from by_lead
    where by_lead.first_score is not null

),

arrivals_by_score as (

    select
        arrivals.model_id,
        arrivals.whole_score,
        sum(arrivals.leads) as leads,
        sum(arrivals.first_leads) as first_leads
    from arrivals
    group by arrivals.model_id, arrivals.whole_score

),

from_here as (

    select
        by_score.model_id,
        by_score.whole_score,
        sum(by_score.lead_dates) over (
            partition by by_score.model_id
            order by by_score.whole_score desc
            rows between unbounded preceding and current row
        ) as lead_dates,
        sum(by_score.conversions) over (
            partition by by_score.model_id
            order by by_score.whole_score desc
            rows between unbounded preceding and current row
        ) as conversions,
        sum(by_score.revenue) over (
            partition by by_score.model_id
            order by by_score.whole_score desc
            rows between unbounded preceding and current row
        ) as revenue,
        sum(coalesce(arrivals_by_score.leads, 0)) over (
            partition by by_score.model_id
            order by by_score.whole_score desc
            rows between unbounded preceding and current row
        ) as leads,
        sum(coalesce(arrivals_by_score.first_leads, 0)) over (
            partition by by_score.model_id
            order by by_score.whole_score desc
            rows between unbounded preceding and current row
        ) as first_leads
    from by_score
    left join arrivals_by_score
        on
            by_score.model_id = arrivals_by_score.model_id
            and by_score.whole_score = arrivals_by_score.whole_score

),

arrived as (

    select
        from_here.*,
        from_here.leads - from_here.first_leads as new_leads
    from from_here

),

final as (

    select
        arrived.model_id,
        arrived.whole_score as min_score,
        cast(arrived.lead_dates as bigint) as lead_dates,
        cast(
            {{ lead_scoring.ratio('arrived.lead_dates', 'durations.dates') }} as {{ lead_scoring.type_decimal(38, 4) }}
        ) as leads_per_date,
        cast(arrived.leads as bigint) as leads,
        cast(
            {{ lead_scoring.ratio('7 * arrived.new_leads', 'durations.days') }}
            as {{ lead_scoring.type_decimal(38, 4) }}
        ) as new_leads_per_week,
        cast(arrived.conversions as bigint) as conversions,
        cast({{ lead_scoring.ratio('arrived.conversions', 'arrived.lead_dates') }} as {{ type }})
            as conversion_rate,
        cast({{ lead_scoring.ratio('arrived.conversions', 'durations.conversions') }} as {{ type }}) as recall,
        cast(
            {{ lead_scoring.ratio('arrived.conversions', 'arrived.lead_dates') }}
            / nullif({{ lead_scoring.ratio('durations.conversions', 'durations.lead_dates') }}, 0)
            as {{ type }}
        ) as lift,
        cast(arrived.revenue as {{ lead_scoring.type_decimal(38, 4) }}) as revenue
    from arrived
    inner join durations on arrived.model_id = durations.model_id

)

select * from final
