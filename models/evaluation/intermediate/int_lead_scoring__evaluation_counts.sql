{%- set rankings = {'score': 'score', 'probability': 'conversion_probability'} -%}
-- Leads and conversions by what the leads are ranked by, for all of them together and for each slice.
-- Every figure of the summary is made of these counts.
with

evaluation_slices as (

    select * from {{ ref('int_lead_scoring__evaluation_slices') }}

),

ranked as (

    {% for ranked_by, column in rankings.items() -%}
    select
        evaluation_slices.model_id,
        evaluation_slices.slice,
        evaluation_slices.slice_value,
        '{{ ranked_by }}' as ranked_by,
        cast(evaluation_slices.{{ column }} as {{ lead_scoring.type_decimal(38, 8) }}) as rank_value,
        evaluation_slices.lead_group,
        evaluation_slices.conversions
    from evaluation_slices
    where evaluation_slices.{{ column }} is not null
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

final as (

    select
        ranked.model_id,
        ranked.slice,
        ranked.slice_value,
        ranked.ranked_by,
        ranked.rank_value,
        ranked.lead_group,
        count(*) as lead_dates,
        cast(sum(ranked.conversions) as bigint) as conversions
    from ranked
    group by
        ranked.model_id,
        ranked.slice,
        ranked.slice_value,
        ranked.ranked_by,
        ranked.rank_value,
        ranked.lead_group

)

select * from final
