-- A group's points: the sum, or the greatest, of its contributions, held between its limits. A
-- group without contributions has no row and is worth 0, whatever its limits.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

criterion_groups as (

    select distinct
        criteria.group_key,
        criteria.model_id,
        criteria.dimension,
        criteria.group_combine,
        criteria.group_min_points,
        criteria.group_max_points
    from criteria

),

-- Grouped by a number alone; a group's settings are looked up for what is left.
combined as (

    select
        contributions.as_of_date,
        contributions.lead_id,
        criteria.group_key,
        cast(sum(contributions.points) as {{ lead_scoring.type_decimal(38, 6) }}) as contributed_points,
        max(contributions.points) as greatest_points
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key
    group by contributions.as_of_date, contributions.lead_id, criteria.group_key

),

chosen as (

    select
        combined.as_of_date,
        combined.lead_id,
        combined.group_key,
        combined.contributed_points,
        criterion_groups.model_id,
        criterion_groups.dimension,
        criterion_groups.group_min_points,
        criterion_groups.group_max_points,
        case criterion_groups.group_combine
            when 'max' then combined.greatest_points
            else combined.contributed_points
        end as chosen_points
    from combined
    inner join criterion_groups on combined.group_key = criterion_groups.group_key

),

final as (

    select
        chosen.as_of_date,
        chosen.model_id,
        chosen.lead_id,
        chosen.group_key,
        chosen.dimension,
        chosen.contributed_points,
        {{ lead_scoring.held_between('chosen.chosen_points', 'chosen.group_min_points', 'chosen.group_max_points', 6) }}
            as group_points
    from chosen

)

select * from final
