{%- set figures = [
    'base_rate', 'auc', 'average_precision', 'ks',
    'capture_5', 'capture_10', 'capture_20', 'capture_30',
    'brier_score', 'log_loss', 'probability_auc',
] -%}
{%- set type = lead_scoring.type_decimal(38, 8) -%}
-- How well the scores of past dates told who would convert: over all dates, and slice by slice.
with

evaluation_slices as (

    select * from {{ ref('int_lead_scoring__evaluation_slices') }}

),

replicates as (

    select * from {{ ref('int_lead_scoring__evaluation_replicates') }}
    where replicate != 'all'

),

estimates as (

    select * from {{ ref('int_lead_scoring__evaluation_replicates') }}
    where replicate = 'all'

),

evaluation_dates as (

    select * from {{ ref('lead_scoring__evaluation_dates') }}

),

left_out as (

    select
        count(case when not evaluation_dates.is_evaluated then 1 end) as dates_left_out,
        max(evaluation_dates.unknown_created_at_leads) as unknown_created_at_leads,
        max(evaluation_dates.horizon_days) as horizon_days
    from evaluation_dates

),

sizes as (

    select
        evaluation_slices.model_id,
        evaluation_slices.slice,
        evaluation_slices.slice_value,
        min(evaluation_slices.as_of_date) as first_date,
        max(evaluation_slices.as_of_date) as last_date,
        count(distinct evaluation_slices.as_of_date) as dates,
        count(distinct evaluation_slices.lead_id) as leads,
        count(distinct case when evaluation_slices.conversions = 1 then evaluation_slices.lead_id end)
            as converted_leads,
        count(distinct case when evaluation_slices.conversions = 0 then evaluation_slices.lead_id end)
            as other_leads
    from evaluation_slices
    group by evaluation_slices.model_id, evaluation_slices.slice, evaluation_slices.slice_value

),

margins as (

    select
        {% for figure in figures -%}
        {{ lead_scoring.jackknife_margin('replicates.' ~ figure) }} as {{ figure }},
        {% endfor -%}
        replicates.model_id,
        replicates.slice,
        replicates.slice_value
    from replicates
    group by replicates.model_id, replicates.slice, replicates.slice_value

),

final as (

    select
        sizes.model_id,
        sizes.slice,
        sizes.slice_value,
        sizes.first_date,
        sizes.last_date,
        left_out.horizon_days,
        sizes.dates,
        left_out.dates_left_out,
        left_out.unknown_created_at_leads,
        sizes.leads,
        sizes.converted_leads,
        sizes.other_leads,
        estimates.lead_dates,
        estimates.conversions,
        {%- for figure in figures %}
        {%- set low = lead_scoring.interval_low('estimates.' ~ figure, 'margins.' ~ figure) -%}
        {%- set high = lead_scoring.interval_high(
            'estimates.' ~ figure, 'margins.' ~ figure, none if figure == 'log_loss' else 1
        ) %}
        cast(estimates.{{ figure }} as {{ type }}) as {{ figure }},
        cast({{ low }} as {{ type }}) as {{ figure }}_low,
        cast({{ high }} as {{ type }}) as {{ figure }}_high,
        {%- endfor %}
        cast(estimates.capture_5 * 20 as {{ type }}) as lift_5,
        cast(estimates.capture_10 * 10 as {{ type }}) as lift_10,
        cast(estimates.capture_20 * 5 as {{ type }}) as lift_20,
        cast(estimates.capture_30 * 10 / 3 as {{ type }}) as lift_30
    from sizes
    cross join left_out
    inner join estimates
        on
            sizes.model_id = estimates.model_id
            and sizes.slice = estimates.slice
            and sizes.slice_value = estimates.slice_value
    left join margins
        on
            sizes.model_id = margins.model_id
            and sizes.slice = margins.slice
            and sizes.slice_value = margins.slice_value

)

select * from final
