-- The lines that a ledger can have, numbered in the order in which they stand there: the criteria of a
-- group and its limit, group after group, then the steps of their dimension, and those of the score.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

models as (

    select * from {{ ref('lead_scoring__models') }}

),

score_steps as (

    {% for item, line_type, _, _, description in lead_scoring.ledger_steps() -%}
    select
        {{ loop.index }} as step,
        '{{ item }}' as item,
        '{{ line_type }}' as line_type,
        '{{ description }}' as description
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
        cast(null as bigint) as criterion_key,
        2 + score_steps.step as step,
        score_steps.item,
        score_steps.line_type,
        score_steps.description
    from score_steps
    cross join models

),

final as (

    select
        possible_lines.model_id,
        possible_lines.group_key,
        possible_lines.criterion_key,
        possible_lines.item,
        possible_lines.line_type,
        possible_lines.description,
        row_number() over (
            order by
                {{ lead_scoring.in_byte_order('possible_lines.model_id') }} asc,
                case possible_lines.dimension when 'fit' then 1 when 'engagement' then 2 else 3 end asc,
                possible_lines.group_key asc nulls last,
                possible_lines.step asc,
                possible_lines.criterion_key asc
        ) as line_key
    from possible_lines

)

select * from final
