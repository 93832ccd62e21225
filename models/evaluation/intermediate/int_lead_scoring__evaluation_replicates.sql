{%- set double = lead_scoring.type_double() -%}
{%- set partition = 'replicate_values.model_id, replicate_values.slice, replicate_values.slice_value, '
    ~ 'replicate_values.ranked_by, replicate_values.replicate' -%}
-- Each figure of the summary for all leads, and sixteen times again, each time without one of sixteen
-- parts of the leads: how much it varies over those says how far it can be relied on. A lead is left
-- out with all its dates, since what it does on one tells much of what it does on the next.
with

evaluation_counts as (

    select * from {{ ref('int_lead_scoring__evaluation_counts') }}

),

own_counts as (

    select * from {{ ref('int_lead_scoring__evaluation_counts') }}

),

totals as (

    select
        evaluation_counts.model_id,
        evaluation_counts.slice,
        evaluation_counts.slice_value,
        evaluation_counts.ranked_by,
        evaluation_counts.rank_value,
        sum(evaluation_counts.lead_dates) as lead_dates,
        sum(evaluation_counts.conversions) as conversions
    from evaluation_counts
    group by
        evaluation_counts.model_id,
        evaluation_counts.slice,
        evaluation_counts.slice_value,
        evaluation_counts.ranked_by,
        evaluation_counts.rank_value

),

replicates as (

    select distinct
        evaluation_counts.model_id,
        evaluation_counts.slice,
        evaluation_counts.slice_value,
        evaluation_counts.ranked_by,
        evaluation_counts.lead_group as replicate
    from evaluation_counts

    union all

    select distinct
        evaluation_counts.model_id,
        evaluation_counts.slice,
        evaluation_counts.slice_value,
        evaluation_counts.ranked_by,
        'all' as replicate
    from evaluation_counts

),

replicate_values as (

    select
        totals.model_id,
        totals.slice,
        totals.slice_value,
        totals.ranked_by,
        replicates.replicate,
        totals.rank_value,
        cast(totals.lead_dates - coalesce(own_counts.lead_dates, 0) as {{ double }}) as lead_dates,
        cast(totals.conversions - coalesce(own_counts.conversions, 0) as {{ double }}) as conversions
    from totals
    inner join replicates
        on
            totals.model_id = replicates.model_id
            and totals.slice = replicates.slice
            and totals.slice_value = replicates.slice_value
            and totals.ranked_by = replicates.ranked_by
    left join own_counts
        on
            totals.model_id = own_counts.model_id
            and totals.slice = own_counts.slice
            and totals.slice_value = own_counts.slice_value
            and totals.ranked_by = own_counts.ranked_by
            and totals.rank_value = own_counts.rank_value
            and replicates.replicate = own_counts.lead_group

),

added_up as (

    select
        replicate_values.*,
        replicate_values.lead_dates - replicate_values.conversions as unconverted,
        sum(replicate_values.lead_dates) over (partition by {{ partition }}) as all_lead_dates,
        sum(replicate_values.conversions) over (partition by {{ partition }}) as all_conversions,
        sum(replicate_values.lead_dates) over (
            partition by {{ partition }}
            order by replicate_values.rank_value desc
            rows between unbounded preceding and current row
        ) as lead_dates_from_here,
        sum(replicate_values.conversions) over (
            partition by {{ partition }}
            order by replicate_values.rank_value desc
            rows between unbounded preceding and current row
        ) as conversions_from_here
    from replicate_values

),

shared as (

    select
        added_up.*,
        added_up.all_lead_dates - added_up.all_conversions as all_unconverted,
        added_up.lead_dates_from_here - added_up.conversions_from_here as unconverted_from_here
    from added_up
    where added_up.lead_dates > 0

),

figures as (

    select
        shared.model_id,
        shared.slice,
        shared.slice_value,
        shared.ranked_by,
        shared.replicate,
        cast(sum(shared.lead_dates) as bigint) as lead_dates,
        cast(sum(shared.conversions) as bigint) as conversions,
        {{ lead_scoring.ratio('sum(shared.conversions)', 'sum(shared.lead_dates)') }} as base_rate,
        -- A conversion and another lead at the same place count one half.
        sum(shared.conversions * (shared.all_unconverted - shared.unconverted_from_here + shared.unconverted / 2))
        / nullif(max(shared.all_conversions * shared.all_unconverted), 0) as auc,
        sum(shared.conversions * shared.conversions_from_here / shared.lead_dates_from_here)
        / nullif(max(shared.all_conversions), 0) as average_precision,
        max(
            abs(
                shared.conversions_from_here / nullif(shared.all_conversions, 0)
                - shared.unconverted_from_here / nullif(shared.all_unconverted, 0)
            )
        ) as ks,
        {%- for share in [5, 10, 20, 30] %}
        -- Of the leads at the place where the cut falls, the part counts that fits.
        sum(
            shared.conversions
            * greatest(
                0,
                least(
                    1,
                    (
                        shared.all_lead_dates * {{ share }} / 100
                        - (shared.lead_dates_from_here - shared.lead_dates)
                    ) / shared.lead_dates
                )
            )
        ) / nullif(max(shared.all_conversions), 0) as capture_{{ share }},
        {%- endfor %}
        sum(
            case
                when shared.ranked_by = 'probability'
                    then
                        shared.conversions
                        * (1 - cast(shared.rank_value as {{ double }})) * (1 - cast(shared.rank_value as {{ double }}))
                        + shared.unconverted
                        * cast(shared.rank_value as {{ double }}) * cast(shared.rank_value as {{ double }})
            end
        ) / sum(shared.lead_dates) as brier_score,
        -sum(
            case
                when shared.ranked_by = 'probability'
                    then
                        shared.conversions * ln(cast(shared.rank_value as {{ double }}))
                        + shared.unconverted * ln(1 - cast(shared.rank_value as {{ double }}))
            end
        ) / sum(shared.lead_dates) as log_loss
    from shared
    group by
        shared.model_id,
        shared.slice,
        shared.slice_value,
        shared.ranked_by,
        shared.replicate

),

final as (

    select
        figures.model_id,
        figures.slice,
        figures.slice_value,
        figures.replicate
        {%- for figure in ['lead_dates', 'conversions', 'base_rate', 'auc', 'average_precision', 'ks'] %},
        max(case when figures.ranked_by = 'score' then figures.{{ figure }} end) as {{ figure }}
        {%- endfor %}
        {%- for share in [5, 10, 20, 30] %},
        max(case when figures.ranked_by = 'score' then figures.capture_{{ share }} end) as capture_{{ share }}
        {%- endfor %},
        max(figures.brier_score) as brier_score,
        max(figures.log_loss) as log_loss,
        max(case when figures.ranked_by = 'probability' then figures.auc end) as probability_auc
    from figures
    group by figures.model_id, figures.slice, figures.slice_value, figures.replicate

)

select * from final
