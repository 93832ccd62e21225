{%- set steps = [
    {
        'section': 1, 'item': 'fit', 'line_type': 'dimension_limit',
        'before': 'fit_sum', 'after': 'fit_held',
        'description': 'All fit points are held at their maximum',
    },
    {
        'section': 1, 'item': 'fit', 'line_type': 'rounding',
        'before': 'fit_held', 'after': 'fit_points',
        'description': 'The fit points are rounded to 4 decimals',
    },
    {
        'section': 1, 'item': 'fit', 'line_type': 'dimension_weight',
        'before': 'fit_points', 'after': 'weighted_fit',
        'description': 'The fit points count with their weight',
    },
    {
        'section': 2, 'item': 'engagement', 'line_type': 'dimension_limit',
        'before': 'engagement_sum', 'after': 'engagement_held',
        'description': 'All engagement points are held at their maximum',
    },
    {
        'section': 2, 'item': 'engagement', 'line_type': 'rounding',
        'before': 'engagement_held', 'after': 'engagement_points',
        'description': 'The engagement points are rounded to 4 decimals',
    },
    {
        'section': 2, 'item': 'engagement', 'line_type': 'dimension_weight',
        'before': 'engagement_points', 'after': 'weighted_engagement',
        'description': 'The engagement points count with their weight',
    },
    {
        'section': 3, 'item': 'score', 'line_type': 'score_limit',
        'before': 'weighted_total', 'after': 'held_total',
        'description': 'The score is held within its limits',
    },
    {
        'section': 3, 'item': 'score', 'line_type': 'rounding',
        'before': 'held_total', 'after': 'score',
        'description': 'The score is rounded to 4 decimals',
    },
] -%}
{#- One digit below the widest, so that the difference of two keeps all its decimals. -#}
{%- set figure = lead_scoring.type_decimal(37, 8) -%}
-- The way from nothing to the score, line by line. Each line shows the running figure that it
-- changes: a group's sum, a dimension's points, then the score. Limits and weights are applied
-- here as they are in the scoring, so a line's `after` is calculated and never a remainder.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

group_points as (

    select * from {{ ref('int_lead_scoring__group_points') }}

),

scores as (

    select * from {{ ref('int_lead_scoring__scores') }}

),

running_contributions as (

    select
        contributions.as_of_date,
        contributions.lead_id,
        criteria.model_id,
        criteria.dimension,
        criteria.group_id,
        criteria.criterion_id,
        criteria.description,
        contributions.points,
        sum(contributions.points) over (
            partition by
                contributions.as_of_date,
                contributions.lead_id,
                criteria.model_id,
                criteria.group_id
            order by {{ lead_scoring.in_byte_order('criteria.criterion_id') }} asc
            rows between unbounded preceding and current row
        ) as running_points
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key

),

criterion_lines as (

    select
        running_contributions.as_of_date,
        running_contributions.model_id,
        running_contributions.lead_id,
        case running_contributions.dimension when 'fit' then 1 else 2 end as section,
        running_contributions.group_id,
        1 as step,
        running_contributions.criterion_id as item,
        'criterion' as line_type,
        running_contributions.description,
        cast(running_contributions.running_points - running_contributions.points as {{ figure }}) as before_points,
        cast(running_contributions.running_points as {{ figure }}) as after_points
    from running_contributions

),

group_lines as (

    select
        group_points.as_of_date,
        group_points.model_id,
        group_points.lead_id,
        case group_points.dimension when 'fit' then 1 else 2 end as section,
        group_points.group_id,
        2 as step,
        group_points.group_id as item,
        'group_limit' as line_type,
        case
            when group_points.group_combine = 'max' then 'Of this group only the greatest counts, within its limits'
            else 'This group is held within its limits'
        end as description,
        cast(group_points.contributed_points as {{ figure }}) as before_points,
        cast(group_points.group_points as {{ figure }}) as after_points
    from group_points
    where group_points.contributed_points != group_points.group_points

),

-- The steps from the sum of a dimension to the score, in their order.
score_steps as (

    {% for step in steps -%}
    select
        {{ loop.index }} as step_number,
        {{ step.section }} as section,
        '{{ step.item }}' as item,
        '{{ step.line_type }}' as line_type,
        '{{ step.description }}' as description
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

stepped_scores as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        score_steps.section,
        score_steps.step_number,
        score_steps.item,
        score_steps.line_type,
        score_steps.description,
        case score_steps.step_number
            {%- for step in steps %}
            when {{ loop.index }} then cast(scores.{{ step.before }} as {{ figure }})
            {%- endfor %}
        end as before_points,
        case score_steps.step_number
            {%- for step in steps %}
            when {{ loop.index }} then cast(scores.{{ step.after }} as {{ figure }})
            {%- endfor %}
        end as after_points
    from scores
    cross join score_steps

),

score_lines as (

    select
        stepped_scores.as_of_date,
        stepped_scores.model_id,
        stepped_scores.lead_id,
        stepped_scores.section,
        cast(null as {{ dbt.type_string() }}) as group_id,
        2 + stepped_scores.step_number as step,
        stepped_scores.item,
        stepped_scores.line_type,
        stepped_scores.description,
        stepped_scores.before_points,
        stepped_scores.after_points
    from stepped_scores
    where stepped_scores.before_points != stepped_scores.after_points

),

all_lines as (

    select * from criterion_lines
    union all
    select * from group_lines
    union all
    select * from score_lines

),

final as (

    select
        all_lines.model_id,
        all_lines.lead_id,
        all_lines.as_of_date,
        cast(
            row_number() over (
                partition by all_lines.as_of_date, all_lines.model_id, all_lines.lead_id
                order by
                    all_lines.section asc,
                    {{ lead_scoring.in_byte_order('all_lines.group_id') }} asc nulls last,
                    all_lines.step asc,
                    {{ lead_scoring.in_byte_order('all_lines.item') }} asc
            ) as bigint
        ) as line_number,
        all_lines.line_type,
        all_lines.item,
        all_lines.description,
        cast(all_lines.after_points - all_lines.before_points as {{ lead_scoring.type_decimal(38, 8) }}) as points,
        cast(all_lines.before_points as {{ lead_scoring.type_decimal(38, 8) }}) as before,
        cast(all_lines.after_points as {{ lead_scoring.type_decimal(38, 8) }}) as after
    from all_lines

)

select * from final
