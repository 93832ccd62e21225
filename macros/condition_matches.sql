{#
    The CTEs that tell which values meet which conditions; the last is `condition_matches`
    (condition_id, value). This is the one place where the operators have their meaning.

    conditions        CTE of condition_id, property, operator, operand (trimmed, lower case)
    candidate_values  CTE of property, value; the empty text stands for null

    Every distinct value is looked at once per condition, whatever the number of leads or events.
#}
{% macro condition_matches(conditions, candidate_values) -%}
{%- set listed = lead_scoring.split_to_rows('positive_conditions.operand') -%}
-- not_… is always the exact opposite of its positive, so only positives are evaluated.
positive_conditions as (

    select
        {{ conditions }}.condition_id,
        {{ conditions }}.property,
        case
            when left({{ conditions }}.operator, 4) = 'not_' then substr({{ conditions }}.operator, 5)
            else {{ conditions }}.operator
        end as operator,
        left({{ conditions }}.operator, 4) = 'not_' as is_negated,
        {{ conditions }}.operand
    from {{ conditions }}

),

listed_items as (

    select
        positive_conditions.condition_id,
        positive_conditions.property,
        positive_conditions.operator,
        {{ listed.item }} as item
    from positive_conditions
    {{ listed.join }}
    where positive_conditions.operator in ('in', 'has_word')

),

all_items as (

    select
        listed_items.condition_id,
        listed_items.property,
        listed_items.operator,
        {{ lead_scoring.trimmed('listed_items.item') }} as item
    from listed_items

    union all

    select
        positive_conditions.condition_id,
        positive_conditions.property,
        positive_conditions.operator,
        positive_conditions.operand as item
    from positive_conditions
    where positive_conditions.operator not in ('in', 'has_word')

),

items as (

    select
        all_items.condition_id,
        all_items.property,
        all_items.operator,
        all_items.item,
        ' ' || nullif({{ lead_scoring.spaced_words('all_items.item') }}, '') || ' ' as item_words,
        {{ lead_scoring.parsed_number('all_items.item') }} as item_number,
        {{ lead_scoring.parsed_number(lead_scoring.trimmed(dbt.split_part('all_items.item', "'|'", 1))) }} as lower_bound,
        {{ lead_scoring.parsed_number(lead_scoring.trimmed(dbt.split_part('all_items.item', "'|'", 2))) }} as upper_bound
    from all_items

),

normalised_values as (

    select
        {{ candidate_values }}.property,
        {{ candidate_values }}.value,
        nullif({{ lead_scoring.lowered(candidate_values ~ '.value') }}, '') as text_value,
        ' ' || {{ lead_scoring.spaced_words(candidate_values ~ '.value') }} || ' ' as words,
        {{ lead_scoring.parsed_number(candidate_values ~ '.value') }} as number_value
    from {{ candidate_values }}

),

positive_matches as (

    select
        items.condition_id,
        normalised_values.value
    from normalised_values
    inner join items
        on
            normalised_values.property = items.property
            and normalised_values.text_value = items.item
    where items.operator in ('equals', 'in')

    union distinct

    select
        items.condition_id,
        normalised_values.value
    from normalised_values
    inner join items
        on
            normalised_values.property = items.property
            and normalised_values.number_value = items.item_number
    where items.operator in ('equals', 'in')

    union distinct

    select
        items.condition_id,
        normalised_values.value
    from normalised_values
    inner join items on normalised_values.property = items.property
    where
        items.operator not in ('equals', 'in')
        and case items.operator
            when 'is_blank' then normalised_values.text_value is null
            when 'is_present' then normalised_values.text_value is not null
            when 'is_true' then normalised_values.text_value in ('true', 't', '1', 'yes', 'y')
            when 'is_false' then normalised_values.text_value in ('false', 'f', '0', 'no', 'n')
            when 'gt' then normalised_values.number_value > items.item_number
            when 'gte' then normalised_values.number_value >= items.item_number
            when 'lt' then normalised_values.number_value < items.item_number
            when 'lte' then normalised_values.number_value <= items.item_number
            when 'between'
                then
                    normalised_values.number_value >= items.lower_bound
                    and normalised_values.number_value <= items.upper_bound
            when 'contains' then {{ lead_scoring.contains_text('normalised_values.text_value', 'items.item') }}
            when 'starts_with'
                then left(normalised_values.text_value, length(items.item)) = items.item
            when 'ends_with'
                then right(normalised_values.text_value, length(items.item)) = items.item
            when 'has_word' then {{ lead_scoring.contains_text('normalised_values.words', 'items.item_words') }}
            when 'matches'
                then
                    {{
                        lead_scoring.matches_pattern(
                            "replace(replace(normalised_values.text_value, chr(13), ' '), chr(10), ' ')",
                            'items.item',
                        )
                    }}
            else false
        end

),

condition_matches as (

    select
        positive_matches.condition_id,
        positive_matches.value
    from positive_matches
    inner join positive_conditions on positive_matches.condition_id = positive_conditions.condition_id
    where not positive_conditions.is_negated

    union all

    select
        positive_conditions.condition_id,
        normalised_values.value
    from normalised_values
    inner join positive_conditions on normalised_values.property = positive_conditions.property
    left join positive_matches
        on
            positive_conditions.condition_id = positive_matches.condition_id
            and normalised_values.value = positive_matches.value
    where
        positive_conditions.is_negated
        and positive_matches.condition_id is null

)
{%- endmacro %}
