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
            order by criteria.criterion_id asc
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
        cast(running_contributions.running_points - running_contributions.points as decimal(38, 8)) as before_points,
        cast(running_contributions.running_points as decimal(38, 8)) as after_points
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
        cast(group_points.contributed_points as decimal(38, 8)) as before_points,
        cast(group_points.group_points as decimal(38, 8)) as after_points
    from group_points
    where group_points.contributed_points != group_points.group_points

),

{% for dimension, section in [('fit', 1), ('engagement', 2)] -%}
{{ dimension }}_lines as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        {{ section }} as section,
        cast(null as varchar) as group_id,
        3 as step,
        '{{ dimension }}' as item,
        'dimension_limit' as line_type,
        'All {{ dimension }} points are held at their maximum' as description,
        cast(scores.{{ dimension }}_sum as decimal(38, 8)) as before_points,
        cast(scores.{{ dimension }}_held as decimal(38, 8)) as after_points
    from scores
    where scores.{{ dimension }}_sum != scores.{{ dimension }}_held

    union all

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        {{ section }} as section,
        cast(null as varchar) as group_id,
        4 as step,
        '{{ dimension }}' as item,
        'rounding' as line_type,
        'The {{ dimension }} points are rounded to 4 decimals' as description,
        cast(scores.{{ dimension }}_held as decimal(38, 8)) as before_points,
        cast(scores.{{ dimension }}_points as decimal(38, 8)) as after_points
    from scores
    where scores.{{ dimension }}_held != scores.{{ dimension }}_points

    union all

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        {{ section }} as section,
        cast(null as varchar) as group_id,
        5 as step,
        '{{ dimension }}' as item,
        'dimension_weight' as line_type,
        'The {{ dimension }} points count with their weight' as description,
        cast(scores.{{ dimension }}_points as decimal(38, 8)) as before_points,
        cast(scores.weighted_{{ dimension }} as decimal(38, 8)) as after_points
    from scores
    where scores.{{ dimension }}_points != scores.weighted_{{ dimension }}

),

{% endfor -%}
score_lines as (

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        3 as section,
        cast(null as varchar) as group_id,
        6 as step,
        'score' as item,
        'score_limit' as line_type,
        'The score is held within its limits' as description,
        cast(scores.weighted_total as decimal(38, 8)) as before_points,
        cast(scores.held_total as decimal(38, 8)) as after_points
    from scores
    where scores.weighted_total != scores.held_total

    union all

    select
        scores.as_of_date,
        scores.model_id,
        scores.lead_id,
        3 as section,
        cast(null as varchar) as group_id,
        7 as step,
        'score' as item,
        'rounding' as line_type,
        'The score is rounded to 4 decimals' as description,
        cast(scores.held_total as decimal(38, 8)) as before_points,
        cast(scores.score as decimal(38, 8)) as after_points
    from scores
    where scores.held_total != scores.score

),

all_lines as (

    select * from criterion_lines
    union all
    select * from group_lines
    union all
    select * from fit_lines
    union all
    select * from engagement_lines
    union all
    select * from score_lines

),

final as (

    select
        all_lines.model_id,
        all_lines.lead_id,
        all_lines.as_of_date,
        row_number() over (
            partition by all_lines.as_of_date, all_lines.model_id, all_lines.lead_id
            order by
                all_lines.section asc,
                all_lines.group_id asc nulls last,
                all_lines.step asc,
                all_lines.item asc
        ) as line_number,
        all_lines.line_type,
        all_lines.item,
        all_lines.description,
        all_lines.after_points - all_lines.before_points as points,
        all_lines.before_points as before,
        all_lines.after_points as after
    from all_lines

)

select * from final
