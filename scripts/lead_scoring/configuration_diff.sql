-- What two configurations make of the same leads. The schemas scored_before and scored_after hold
-- one model each: its ranked leads, contributions, stages and weights.
create schema diff;

-- One row per lead and criterion that earned the lead another figure: points before limits, times
-- the weight of the dimension, as that is what they bring to the score.
create table diff.criteria as
with

earned as (

    select
        1 as sign,
        contributions.lead_id,
        contributions.criterion_id,
        contributions.dimension,
        cast(contributions.points as decimal(26, 6)) as points
    from scored_after.contributions

    union all

    select
        -1 as sign,
        contributions.lead_id,
        contributions.criterion_id,
        contributions.dimension,
        cast(contributions.points as decimal(26, 6)) as points
    from scored_before.contributions

),

weights as (

    select
        1 as sign,
        cast(coalesce(models.fit_weight, 1) as decimal(8, 4)) as fit_weight,
        cast(coalesce(models.engagement_weight, 1) as decimal(8, 4)) as engagement_weight
    from scored_after.models

    union all

    select
        -1 as sign,
        cast(coalesce(models.fit_weight, 1) as decimal(8, 4)) as fit_weight,
        cast(coalesce(models.engagement_weight, 1) as decimal(8, 4)) as engagement_weight
    from scored_before.models

),

changed as (

    select
        earned.lead_id,
        earned.criterion_id,
        sum(
            earned.sign
            * earned.points
            * case earned.dimension when 'fit' then weights.fit_weight else weights.engagement_weight end
        ) as points_change
    from earned
    inner join weights on earned.sign = weights.sign
    group by earned.lead_id, earned.criterion_id

)

select
    changed.lead_id,
    changed.criterion_id,
    changed.points_change,
    row_number() over (
        partition by changed.lead_id
        order by abs(changed.points_change) desc, changed.criterion_id asc
    ) as place
from changed
where changed.points_change != 0;

-- One row per lead. A change is the figure after less the figure before; what the criteria do not
-- account for, limits and rounding do.
create table diff.leads as
with

leads_before as (

    select * from scored_before.ranked_leads

),

leads_after as (

    select * from scored_after.ranked_leads

),

by_lead as (

    select
        criteria.lead_id,
        sum(criteria.points_change) as points_change,
        max(case when criteria.place = 1 then criteria.criterion_id end) as criterion_1,
        max(case when criteria.place = 1 then criteria.points_change end) as criterion_1_change,
        max(case when criteria.place = 2 then criteria.criterion_id end) as criterion_2,
        max(case when criteria.place = 2 then criteria.points_change end) as criterion_2_change,
        max(case when criteria.place = 3 then criteria.criterion_id end) as criterion_3,
        max(case when criteria.place = 3 then criteria.points_change end) as criterion_3_change,
        coalesce(sum(case when criteria.place > 3 then criteria.points_change end), 0) as other_criteria_change
    from diff.criteria
    group by criteria.lead_id

)

select
    leads_before.lead_id,
    leads_before.model_id as model_before,
    leads_after.model_id as model_after,
    leads_after.as_of_date,
    leads_before.score as score_before,
    leads_after.score as score_after,
    leads_after.score - leads_before.score as score_change,
    leads_before.score_rank as rank_before,
    leads_after.score_rank as rank_after,
    leads_after.score_rank - leads_before.score_rank as rank_change,
    leads_before.stage as stage_before,
    leads_after.stage as stage_after,
    leads_before.grade as grade_before,
    leads_after.grade as grade_after,
    leads_before.owner_team as owner_team_before,
    leads_after.owner_team as owner_team_after,
    by_lead.criterion_1,
    by_lead.criterion_1_change,
    by_lead.criterion_2,
    by_lead.criterion_2_change,
    by_lead.criterion_3,
    by_lead.criterion_3_change,
    coalesce(by_lead.other_criteria_change, 0) as other_criteria_change,
    leads_after.score - leads_before.score - coalesce(by_lead.points_change, 0) as limits_change
from leads_before
inner join leads_after on leads_before.lead_id = leads_after.lead_id
left join by_lead on leads_before.lead_id = by_lead.lead_id;

-- One row per stage of either model. The reserved stages end both ladders, and are left out where
-- nobody is in them.
create table diff.stages as
with

reserved as (

    select
        'customer' as stage,
        1000000000000 as stage_order

    union all

    select
        'disqualified' as stage,
        1000000000001 as stage_order

),

rungs as (

    select
        stages.stage,
        stages.stage_order as order_before,
        null as order_after,
        false as is_reserved
    from scored_before.stages

    union all

    select
        stages.stage,
        null as order_before,
        stages.stage_order as order_after,
        false as is_reserved
    from scored_after.stages

    union all

    select
        reserved.stage,
        reserved.stage_order as order_before,
        reserved.stage_order as order_after,
        true as is_reserved
    from reserved

),

ladder as (

    select
        rungs.stage,
        rungs.is_reserved,
        max(rungs.order_before) as order_before,
        max(rungs.order_after) as order_after
    from rungs
    group by rungs.stage, rungs.is_reserved

),

stays as (

    select
        leads.stage_before as stage,
        1 as before,
        0 as after
    from diff.leads

    union all

    select
        leads.stage_after as stage,
        0 as before,
        1 as after
    from diff.leads

),

counted as (

    select
        stays.stage,
        sum(stays.before) as leads_before,
        sum(stays.after) as leads_after
    from stays
    group by stays.stage

)

select
    ladder.stage,
    ladder.order_before,
    ladder.order_after,
    cast(coalesce(counted.leads_before, 0) as bigint) as leads_before,
    cast(coalesce(counted.leads_after, 0) as bigint) as leads_after
from ladder
left join counted on ladder.stage = counted.stage
where counted.stage is not null or not ladder.is_reserved;

-- One row per team that any lead goes to; null stands for no team.
create table diff.teams as
with

assigned as (

    select
        leads.owner_team_before as team,
        1 as before,
        0 as after
    from diff.leads

    union all

    select
        leads.owner_team_after as team,
        0 as before,
        1 as after
    from diff.leads

)

select
    assigned.team,
    cast(sum(assigned.before) as bigint) as leads_before,
    cast(sum(assigned.after) as bigint) as leads_after
from assigned
group by assigned.team;

-- One row. The rank correlation is Spearman's rho of the leads that are ranked in both: ranks have
-- no ties, so it is 1 - 6 * sum(d^2) / (n * (n^2 - 1)), where d is what a lead's ranks differ by
-- when those leads alone are numbered.
create table diff.summary as
with

renumbered as (

    select
        row_number() over (order by leads.rank_before asc)
        - row_number() over (order by leads.rank_after asc) as rank_difference
    from diff.leads
    where leads.rank_before is not null and leads.rank_after is not null

),

compared as (

    select
        count(*) as leads,
        cast(coalesce(sum(renumbered.rank_difference * renumbered.rank_difference), 0) as double) as squares
    from renumbered

),

moved as (

    select
        count(*) as leads,
        cast(coalesce(sum(case when leads.stage_before != leads.stage_after then 1 else 0 end), 0) as bigint)
            as stage_changes,
        count(leads.rank_before) as ranked_before,
        count(leads.rank_after) as ranked_after
    from diff.leads

)

select
    moved.leads,
    moved.stage_changes,
    moved.ranked_before,
    moved.ranked_after,
    compared.leads as ranked_in_both,
    case
        when compared.leads > 1
            then
                cast(
                    1 - 6 * compared.squares
                    / (cast(compared.leads as double) * (cast(compared.leads as double) * compared.leads - 1))
                    as decimal(7, 6)
                )
    end as rank_correlation
from moved
cross join compared;
