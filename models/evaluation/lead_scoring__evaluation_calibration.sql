{%- set type = lead_scoring.type_decimal(38, 8) -%}
-- Whether leads convert as often as was predicted: by tenths of the leads, the least likely first.
with

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}
    where conversion_probability is not null

),

placed as (

    select
        evaluated_leads.*,
        row_number() over (
            partition by evaluated_leads.model_id
            order by
                evaluated_leads.conversion_probability asc,
                {{ lead_scoring.in_byte_order(dbt.hash('evaluated_leads.lead_id')) }} asc,
                evaluated_leads.as_of_date asc
        ) as place,
        count(*) over (partition by evaluated_leads.model_id) as all_lead_dates
    from evaluated_leads

),

parted as (

    select
        placed.*,
        {{ lead_scoring.tenth_of('placed.place', 'placed.all_lead_dates') }} as bin
    from placed

),

by_group as (

    select
        parted.model_id,
        parted.bin,
        parted.lead_group,
        count(*) as lead_dates,
        sum(parted.conversions) as conversions,
        sum(parted.conversion_probability) as probabilities,
        min(parted.conversion_probability) as lowest_probability,
        max(parted.conversion_probability) as highest_probability
    from parted
    group by parted.model_id, parted.bin, parted.lead_group

),

bins as (

    select
        by_group.model_id,
        by_group.bin,
        sum(by_group.lead_dates) as lead_dates,
        sum(by_group.conversions) as conversions,
        sum(by_group.probabilities) as probabilities,
        min(by_group.lowest_probability) as lowest_probability,
        max(by_group.highest_probability) as highest_probability
    from by_group
    group by by_group.model_id, by_group.bin

),

rates as (

    select
        by_group.model_id,
        by_group.bin,
        {{ lead_scoring.ratio(
            'bins.conversions - by_group.conversions', 'bins.lead_dates - by_group.lead_dates'
        ) }} as conversion_rate
    from by_group
    inner join bins
        on
            by_group.model_id = bins.model_id
            and by_group.bin = bins.bin

),

margins as (

    select
        rates.model_id,
        rates.bin,
        {{ lead_scoring.jackknife_margin('rates.conversion_rate') }} as conversion_rate
    from rates
    group by rates.model_id, rates.bin

),

estimates as (

    select
        bins.*,
        {{ lead_scoring.ratio('bins.conversions', 'bins.lead_dates') }} as conversion_rate
    from bins

),

final as (

    select
        estimates.model_id,
        estimates.bin,
        cast(estimates.lead_dates as bigint) as lead_dates,
        cast(estimates.lowest_probability as {{ type }}) as lowest_probability,
        cast(estimates.highest_probability as {{ type }}) as highest_probability,
        cast({{ lead_scoring.ratio('estimates.probabilities', 'estimates.lead_dates') }} as {{ type }})
            as mean_probability,
        cast(estimates.conversions as bigint) as conversions,
        cast(estimates.conversion_rate as {{ type }}) as conversion_rate,
        cast({{ lead_scoring.interval_low('estimates.conversion_rate', 'margins.conversion_rate') }} as {{ type }})
            as conversion_rate_low,
        cast({{ lead_scoring.interval_high('estimates.conversion_rate', 'margins.conversion_rate') }} as {{ type }})
            as conversion_rate_high
    from estimates
    inner join margins
        on
            estimates.model_id = margins.model_id
            and estimates.bin = margins.bin

)

select * from final
