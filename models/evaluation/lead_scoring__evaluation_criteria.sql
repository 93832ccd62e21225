{%- set double = lead_scoring.type_double() -%}
{%- set type = lead_scoring.type_decimal(38, 8) -%}
-- Whether each criterion earns its points. What its matches tell is its log odds ratio; the points of a
-- model are on the scale of the line through the origin that fits them best to the log odds ratios.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

models as (

    select * from {{ ref('lead_scoring__models') }}

),

replicates as (

    select * from {{ ref('int_lead_scoring__criterion_effects') }}
    where replicate != 'all'

),

estimates as (

    select * from {{ ref('int_lead_scoring__criterion_effects') }}
    where replicate = 'all'

),

correlations as (

    select * from {{ ref('int_lead_scoring__criterion_correlations') }}

),

margins as (

    select
        replicates.model_id,
        replicates.criterion_id,
        {{ lead_scoring.jackknife_margin('replicates.lift') }} as lift,
        {{ lead_scoring.jackknife_margin('replicates.evidence_with - replicates.evidence_without') }} as log_odds_ratio
    from replicates
    group by replicates.model_id, replicates.criterion_id

),

measured as (

    select
        criteria.model_id,
        criteria.criterion_id,
        criteria.group_id,
        criteria.dimension,
        criteria.full_points,
        estimates.all_lead_dates,
        estimates.all_conversions,
        estimates.lead_dates,
        estimates.conversions,
        estimates.lift,
        estimates.evidence_with,
        estimates.evidence_without,
        estimates.share_difference,
        estimates.evidence_with - estimates.evidence_without as log_odds_ratio,
        margins.lift as lift_margin,
        margins.log_odds_ratio as log_odds_margin,
        estimates.mean_points
        * cast(
            case criteria.dimension
                when 'fit' then coalesce(models.fit_weight, 1)
                else coalesce(models.engagement_weight, 1)
            end
            as {{ double }}
        ) as score_points,
        -- Whether conversions, and others, can be expected on either side in such a number that rates
        -- mean something.
        least(estimates.lead_dates, estimates.all_lead_dates - estimates.lead_dates)
        * {{ lead_scoring.ratio(
            'least(estimates.all_conversions, estimates.all_lead_dates - estimates.all_conversions)',
            'estimates.all_lead_dates'
        ) }} >= 5
        and margins.lift is not null as is_measurable
    from criteria
    inner join models on criteria.model_id = models.model_id
    inner join estimates
        on
            criteria.model_id = estimates.model_id
            and criteria.criterion_id = estimates.criterion_id
    inner join margins
        on
            criteria.model_id = margins.model_id
            and criteria.criterion_id = margins.criterion_id

),

weighted as (

    select
        measured.model_id,
        measured.score_points,
        measured.log_odds_ratio,
        cast(measured.lead_dates as {{ double }}) * (measured.all_lead_dates - measured.lead_dates) as weight
    from measured
    where measured.is_measurable

),

scales as (

    select
        weighted.model_id,
        sum(weighted.weight * weighted.log_odds_ratio * weighted.score_points)
        / nullif(sum(weighted.weight * weighted.log_odds_ratio * weighted.log_odds_ratio), 0) as points_per_log_odds
    from weighted
    group by weighted.model_id

),

scaled as (

    select
        measured.*,
        case
            when measured.is_measurable and scales.points_per_log_odds > 0
                then scales.points_per_log_odds
        end as points_per_log_odds,
        measured.log_odds_ratio - measured.log_odds_margin as log_odds_low,
        measured.log_odds_ratio + measured.log_odds_margin as log_odds_high
    from measured
    left join scales on measured.model_id = scales.model_id

),

final as (

    select
        scaled.model_id,
        scaled.criterion_id,
        scaled.group_id,
        scaled.dimension,
        cast(scaled.full_points as {{ type }}) as points,
        cast(scaled.score_points as {{ lead_scoring.type_decimal(38, 4) }}) as score_points,
        scaled.lead_dates,
        cast({{ lead_scoring.ratio('scaled.lead_dates', 'scaled.all_lead_dates') }} as {{ type }}) as coverage,
        scaled.conversions,
        cast({{ lead_scoring.ratio('scaled.conversions', 'scaled.lead_dates') }} as {{ type }}) as conversion_rate_with,
        cast(
            {{ lead_scoring.ratio(
                'scaled.all_conversions - scaled.conversions', '(scaled.all_lead_dates - scaled.lead_dates)'
            ) }} as {{ type }}
        ) as conversion_rate_without,
        cast(scaled.lift as {{ type }}) as lift,
        cast({{ lead_scoring.interval_low('scaled.lift', 'scaled.lift_margin') }} as {{ type }}) as lift_low,
        cast({{ lead_scoring.interval_high('scaled.lift', 'scaled.lift_margin', none) }} as {{ type }}) as lift_high,
        cast(scaled.evidence_with as {{ type }}) as weight_of_evidence_with,
        cast(scaled.evidence_without as {{ type }}) as weight_of_evidence_without,
        cast(scaled.share_difference * scaled.log_odds_ratio as {{ type }}) as information_value,
        cast(scaled.points_per_log_odds * scaled.log_odds_ratio as {{ lead_scoring.type_decimal(38, 4) }})
            as fair_points,
        cast(scaled.points_per_log_odds * scaled.log_odds_low as {{ lead_scoring.type_decimal(38, 4) }})
            as fair_points_low,
        cast(scaled.points_per_log_odds * scaled.log_odds_high as {{ lead_scoring.type_decimal(38, 4) }})
            as fair_points_high,
        correlations.other_criterion_id as most_correlated_with,
        correlations.correlation,
        case
            when scaled.lead_dates = 0 or scaled.lead_dates = scaled.all_lead_dates then 'dead'
            when not scaled.is_measurable then 'too rare to tell'
            when abs(scaled.lift - 1) <= scaled.lift_margin then 'dead'
            when scaled.score_points * (scaled.lift - 1) < 0 then 'harmful'
            when
                abs(scaled.score_points)
                > scaled.points_per_log_odds * greatest(abs(scaled.log_odds_low), abs(scaled.log_odds_high))
                then 'overpaid'
            when
                abs(scaled.score_points)
                < scaled.points_per_log_odds * least(abs(scaled.log_odds_low), abs(scaled.log_odds_high))
                then 'underpaid'
            else 'earns its points'
        end as verdict
    from scaled
    left join correlations
        on
            scaled.model_id = correlations.model_id
            and scaled.criterion_id = correlations.criterion_id

)

select * from final
