{%- set steps = lead_scoring.ledger_steps() -%}
{#- One digit below the widest, so that the difference of two keeps all its decimals; and compared as such,
    since Spark compares figures of different decimals by the fewer ones. -#}
{%- set figure = lead_scoring.type_decimal(37, 8) -%}
-- The way from nothing to the score, line by line. Each line shows the running figure that it
-- changes: a group's sum, a dimension's points, then the score. Limits and weights are applied
-- here as they are in the scoring, so a line's `after` is calculated and never a remainder. Lines are
-- put in order by a number, and have their texts only then.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

ledger_lines as (

    select * from {{ ref('int_lead_scoring__ledger_lines') }}

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
        ledger_lines.line_key,
        contributions.points,
        sum(contributions.points) over (
            partition by
                contributions.as_of_date,
                contributions.lead_id,
                ledger_lines.group_key
            order by ledger_lines.line_key asc
            rows between unbounded preceding and current row
        ) as running_points
    from contributions
    inner join ledger_lines on contributions.criterion_key = ledger_lines.criterion_key

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
        ledger_lines.line_key,
        cast(group_points.contributed_points as {{ figure }}) as before_points,
        cast(group_points.group_points as {{ figure }}) as after_points
    from group_points
    inner join ledger_lines
        on
            group_points.group_key = ledger_lines.group_key
            and ledger_lines.line_type = 'group_limit'
    where group_points.contributed_points != group_points.group_points

    {% for item, line_type, before, after, _ in steps -%}
    union all

    select
        scores.as_of_date,
        scores.lead_id,
        ledger_lines.line_key,
        cast(scores.{{ before }} as {{ figure }}) as before_points,
        cast(scores.{{ after }} as {{ figure }}) as after_points
    from scores
    inner join ledger_lines
        on
            scores.model_id = ledger_lines.model_id
            and ledger_lines.item = '{{ item }}'
            and ledger_lines.line_type = '{{ line_type }}'
    where cast(scores.{{ before }} as {{ figure }}) != cast(scores.{{ after }} as {{ figure }})
    {%- if not loop.last %}

    {% endif %}
    {%- endfor %}

),

numbered as (

    select
        all_lines.as_of_date,
        all_lines.lead_id,
        all_lines.line_key,
        all_lines.before_points,
        all_lines.after_points,
        row_number() over (
            partition by all_lines.as_of_date, ledger_lines.model_id, all_lines.lead_id
            order by all_lines.line_key asc
        ) as line_number
    from all_lines
    inner join ledger_lines on all_lines.line_key = ledger_lines.line_key

),

final as (

    select
        ledger_lines.model_id,
        numbered.lead_id,
        numbered.as_of_date,
        cast(numbered.line_number as bigint) as line_number,
        ledger_lines.line_type,
        ledger_lines.item,
        ledger_lines.description,
        cast(numbered.after_points - numbered.before_points as {{ lead_scoring.type_decimal(38, 8) }}) as points,
        cast(numbered.before_points as {{ lead_scoring.type_decimal(38, 8) }}) as before,
        cast(numbered.after_points as {{ lead_scoring.type_decimal(38, 8) }}) as after
    from numbered
    inner join ledger_lines on numbered.line_key = ledger_lines.line_key

)

select * from final
