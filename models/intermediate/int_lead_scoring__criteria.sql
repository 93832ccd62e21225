{%- set filter_parts = [
    dbt.hash('normalised.subject'),
    dbt.hash('normalised.filter_property'),
    dbt.hash('normalised.filter_operator'),
    dbt.hash("coalesce(normalised.filter_operand, '')"),
] -%}
-- One row per criterion with the settings of its group and model beside it. Texts that are compared
-- are brought into one form here, once.
with

criteria as (

    select * from {{ ref('lead_scoring__criteria') }}

),

criterion_groups as (

    select * from {{ ref('lead_scoring__groups') }}

),

decay_policies as (

    select * from {{ ref('lead_scoring__decay_policies') }}

),

normalised as (

    select
        row_number() over (
            order by
                {{ lead_scoring.in_byte_order('criteria.model_id') }} asc,
                {{ lead_scoring.in_byte_order('criteria.criterion_id') }} asc
        ) as criterion_key,
        dense_rank() over (
            order by
                {{ lead_scoring.in_byte_order('criteria.model_id') }} asc,
                {{ lead_scoring.in_byte_order('criteria.group_id') }} asc
        ) as group_key,
        criteria.model_id,
        criteria.criterion_id,
        criteria.group_id,
        criterion_groups.dimension,
        criterion_groups.combine as group_combine,
        criterion_groups.min_points as group_min_points,
        criterion_groups.max_points as group_max_points,
        criteria.signal,
        {{ lead_scoring.lowered(lead_scoring.trimmed('criteria.subject')) }} as subject,
        criteria.operator,
        {{ lead_scoring.lowered(lead_scoring.trimmed('criteria.value')) }} as operand,
        {{ lead_scoring.lowered(lead_scoring.trimmed('criteria.filter_property')) }} as filter_property,
        criteria.filter_operator,
        {{ lead_scoring.lowered(lead_scoring.trimmed('criteria.filter_value')) }} as filter_operand,
        cast(
            cast(criteria.points as {{ lead_scoring.type_decimal(19, 4) }})
            * cast(coalesce(criteria.weight, 1) as {{ lead_scoring.type_decimal(8, 4) }})
            as {{ lead_scoring.type_decimal(19, 8) }}
        ) as full_points,
        criteria.window_days,
        criteria.max_occurrences,
        criteria.max_per_day,
        coalesce(decay_policies.method, 'none') as decay_method,
        decay_policies.half_life_days,
        decay_policies.lifetime_days,
        decay_policies.step_days,
        decay_policies.step_fraction,
        case
            when {{ lead_scoring.trimmed('criteria.description') }} is null then criteria.criterion_id
            else criteria.description
        end as description
    from criteria
    inner join criterion_groups
        on
            criteria.model_id = criterion_groups.model_id
            and criteria.group_id = criterion_groups.group_id
    left join decay_policies on criteria.decay_policy = decay_policies.decay_policy

),

-- The key is the same in every build, so that what was counted through a filter is found again.
final as (

    select
        normalised.*,
        case
            when normalised.filter_property is null then ''
            else {{ dbt.hash(dbt.concat(filter_parts)) }}
        end as filter_key
    from normalised

)

select * from final
