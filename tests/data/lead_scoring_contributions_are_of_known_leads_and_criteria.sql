-- A contribution belongs to a scored lead and to a criterion of its model, in the group and
-- dimension that the configuration gives it.
with

contributions as (

    select * from {{ ref('lead_scoring__contributions') }}

),

ranked_leads as (

    select * from {{ ref('lead_scoring__ranked_leads') }}

),

criteria as (

    select * from {{ ref('lead_scoring__criteria') }}

),

criterion_groups as (

    select * from {{ ref('lead_scoring__groups') }}

),

final as (

    select contributions.*
    from contributions
    left join ranked_leads
        on
            contributions.as_of_date = ranked_leads.as_of_date
            and contributions.model_id = ranked_leads.model_id
            and contributions.lead_id = ranked_leads.lead_id
    left join criteria
        on
            contributions.model_id = criteria.model_id
            and contributions.criterion_id = criteria.criterion_id
            and contributions.group_id = criteria.group_id
    left join criterion_groups
        on
            contributions.model_id = criterion_groups.model_id
            and contributions.group_id = criterion_groups.group_id
            and contributions.dimension = criterion_groups.dimension
    where
        ranked_leads.lead_id is null
        or criteria.criterion_id is null
        or criterion_groups.group_id is null
        or contributions.dimension not in ('fit', 'engagement')

)

select * from final
