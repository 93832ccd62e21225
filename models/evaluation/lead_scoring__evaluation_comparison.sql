{%- set type = lead_scoring.type_decimal(38, 8) -%}
{%- set figures = [
    'auc', 'average_precision', 'ks',
    'capture_5', 'capture_10', 'capture_20', 'capture_30',
    'brier_score', 'log_loss', 'probability_auc',
] -%}
-- Each model against the champion. Both score the same leads, so what happens to be in a part of the
-- leads moves the figures of both alike: a difference varies less than either figure, and it is its own
-- replicates that say how far it can be relied on.
with

models as (

    select * from {{ ref('lead_scoring__models') }}

),

replicates as (

    select * from {{ ref('int_lead_scoring__evaluation_replicates') }}
    where slice = 'overall'

),

evaluation_summary as (

    select * from {{ ref('lead_scoring__evaluation_summary') }}
    where slice = 'overall'

),

champions as (

    select replicates.*
    from replicates
    inner join models
        on replicates.model_id = models.model_id
    where models.is_champion

),

challengers as (

    select replicates.*
    from replicates
    inner join models
        on replicates.model_id = models.model_id
    where not models.is_champion

),

differences as (

    {% for figure in figures -%}
    select
        challengers.model_id,
        champions.model_id as champion_model_id,
        challengers.replicate,
        '{{ figure }}' as figure,
        challengers.{{ figure }} as model_value,
        champions.{{ figure }} as champion_value,
        challengers.{{ figure }} - champions.{{ figure }} as difference
    from challengers
    inner join champions
        on challengers.replicate = champions.replicate
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}

),

margins as (

    select
        differences.model_id,
        differences.figure,
        {{ lead_scoring.jackknife_margin('differences.difference') }} as margin
    from differences
    where differences.replicate != 'all'
    group by differences.model_id, differences.figure

),

intervals as (

    select
        differences.model_id,
        differences.champion_model_id,
        differences.figure,
        cast(differences.model_value as {{ type }}) as model_value,
        cast(differences.champion_value as {{ type }}) as champion_value,
        cast(differences.difference as {{ type }}) as difference,
        cast(differences.difference - margins.margin as {{ type }}) as difference_low,
        cast(differences.difference + margins.margin as {{ type }}) as difference_high
    from differences
    left join margins
        on
            differences.model_id = margins.model_id
            and differences.figure = margins.figure
    where
        differences.replicate = 'all'
        -- A model without a probability has none to compare.
        and (
            differences.difference is not null
            or differences.figure not in ('brier_score', 'log_loss', 'probability_auc')
        )

),

final as (

    select
        intervals.model_id,
        intervals.champion_model_id,
        intervals.figure,
        intervals.model_value,
        intervals.champion_value,
        intervals.difference,
        intervals.difference_low,
        intervals.difference_high,
        case
            when intervals.difference_low is null then 'too few to tell'
            -- With fewer leads the interval holds the truth too seldom; FEWEST_TO_TELL is the same.
            when least(evaluation_summary.converted_leads, evaluation_summary.other_leads) < 10
                then 'too few to tell'
            when
                intervals.difference_low <= 0 and intervals.difference_high >= 0
                then 'no difference beyond noise'
            -- Of these two less is more.
            when
                intervals.figure in ('brier_score', 'log_loss')
                then case when intervals.difference < 0 then 'better' else 'worse' end
            when intervals.difference > 0 then 'better'
            else 'worse'
        end as verdict
    from intervals
    inner join evaluation_summary on intervals.champion_model_id = evaluation_summary.model_id

)

select * from final
