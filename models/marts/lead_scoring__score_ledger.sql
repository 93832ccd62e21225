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

models as (

    select * from {{ ref('lead_scoring__models') }}

),

group_points as (

    select * from {{ ref('int_lead_scoring__group_points') }}

),

scores as (

    select * from {{ ref('int_lead_scoring__scores') }}

),

-- The steps from the sum of a dimension to the score, in their order.
score_steps as (

    {% for step in steps -%}
    select
        {{ loop.index }} as step,
        {{ step.section }} as section,
        '{{ step.item }}' as item,
        '{{ step.line_type }}' as line_type,
        '{{ step.description }}' as description
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

possible_lines as (

    select
        criteria.model_id,
        criteria.dimension,
        criteria.group_key,
        criteria.group_id,
        criteria.criterion_key,
        1 as step,
        criteria.criterion_id as item,
        'criterion' as line_type,
        criteria.description
    from criteria

    union all

    select distinct
        criteria.model_id,
        criteria.dimension,
        criteria.group_key,
        criteria.group_id,
        cast(null as bigint) as criterion_key,
        2 as step,
        criteria.group_id as item,
        'group_limit' as line_type,
        case
            when criteria.group_combine = 'max' then 'Of this group only the greatest counts, within its limits'
            else 'This group is held within its limits'
        end as description
    from criteria

    union all

    select
        models.model_id,
        score_steps.item as dimension,
        cast(null as bigint) as group_key,
        cast(null as {{ dbt.type_string() }}) as group_id,
        cast(null as bigint) as criterion_key,
        2 + score_steps.step as step,
        score_steps.item,
        score_steps.line_type,
        score_steps.description
    from score_steps
    cross join models

),

-- In the order in which they stand in the ledger of a lead, so that its lines are put in order by a
-- number, and their texts are not carried along.
ordered_lines as (

    select
        possible_lines.*,
        row_number() over (
            order by
                {{ lead_scoring.in_byte_order('possible_lines.model_id') }} asc,
                case possible_lines.dimension when 'fit' then 1 when 'engagement' then 2 else 3 end asc,
                possible_lines.group_key asc nulls last,
                possible_lines.step asc,
                possible_lines.criterion_key asc
        ) as line_key
    from possible_lines

),

running_contributions as (

    select
        contributions.as_of_date,
        contributions.lead_id,
        ordered_lines.line_key,
        contributions.points,
        sum(contributions.points) over (
            partition by
                contributions.as_of_date,
                contributions.lead_id,
                ordered_lines.group_key
            order by ordered_lines.line_key asc
            rows between unbounded preceding and current row
        ) as running_points
    from contributions
    inner join ordered_lines on contributions.criterion_key = ordered_lines.criterion_key

),

all_lines as (

    select
        running_contributions.as_of_date,
        running_contributions.lead_id,
        running_contributions.line_key,
        cast(running_contributions.running_points - running_contributions.points as {{ figure }}) as before_points,
        cast(running_contributions.running_points as {{ figure }}) as after_points
    from running_contributions

    union all

    select
        group_points.as_of_date,
        group_points.lead_id,
        ordered_lines.line_key,
        cast(group_points.contributed_points as {{ figure }}) as before_points,
        cast(group_points.group_points as {{ figure }}) as after_points
    from group_points
    inner join ordered_lines
        on
            group_points.group_key = ordered_lines.group_key
            and ordered_lines.line_type = 'group_limit'
    where group_points.contributed_points != group_points.group_points

    {% for step in steps -%}
    union all

    select
        scores.as_of_date,
        scores.lead_id,
        ordered_lines.line_key,
        cast(scores.{{ step.before }} as {{ figure }}) as before_points,
        cast(scores.{{ step.after }} as {{ figure }}) as after_points
    from scores
    inner join ordered_lines
        on
            scores.model_id = ordered_lines.model_id
            and ordered_lines.step = {{ 2 + loop.index }}
    where scores.{{ step.before }} != scores.{{ step.after }}
    {%- if not loop.last %}

    {% endif %}
    {%- endfor %}

),

numbered as (

    select
        all_lines.*,
        row_number() over (
            partition by all_lines.as_of_date, ordered_lines.model_id, all_lines.lead_id
            order by all_lines.line_key asc
        ) as line_number
    from all_lines
    inner join ordered_lines on all_lines.line_key = ordered_lines.line_key

),

final as (

    select
        ordered_lines.model_id,
        numbered.lead_id,
        numbered.as_of_date,
        cast(numbered.line_number as bigint) as line_number,
        ordered_lines.line_type,
        ordered_lines.item,
        ordered_lines.description,
        cast(numbered.after_points - numbered.before_points as {{ lead_scoring.type_decimal(38, 8) }}) as points,
        cast(numbered.before_points as {{ lead_scoring.type_decimal(38, 8) }}) as before,
        cast(numbered.after_points as {{ lead_scoring.type_decimal(38, 8) }}) as after
    from numbered
    inner join ordered_lines on numbered.line_key = ordered_lines.line_key

)

select * from final
