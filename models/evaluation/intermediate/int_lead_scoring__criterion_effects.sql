{%- set double = lead_scoring.type_double() -%}
-- Whom each criterion meets and how they convert, for all leads and without each sixteenth of them. One
-- half is added to each of the four counts that the log odds ratio is made of, so that it always exists.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}

),

evaluated_contributions as (

    select * from {{ ref('int_lead_scoring__evaluated_contributions') }}

),

leads_by_group as (

    select
        evaluated_leads.model_id,
        evaluated_leads.lead_group,
        count(*) as lead_dates,
        sum(evaluated_leads.conversions) as conversions
    from evaluated_leads
    group by evaluated_leads.model_id, evaluated_leads.lead_group

),

matches_by_group as (

    select
        evaluated_contributions.model_id,
        evaluated_contributions.criterion_id,
        evaluated_contributions.lead_group,
        count(*) as lead_dates,
        sum(evaluated_contributions.conversions) as conversions,
        sum(cast(evaluated_contributions.points as {{ double }})) as points
    from evaluated_contributions
    group by
        evaluated_contributions.model_id,
        evaluated_contributions.criterion_id,
        evaluated_contributions.lead_group

),

by_group as (

    select
        criteria.model_id,
        criteria.criterion_id,
        leads_by_group.lead_group,
        leads_by_group.lead_dates as all_lead_dates,
        leads_by_group.conversions as all_conversions,
        coalesce(matches_by_group.lead_dates, 0) as lead_dates,
        coalesce(matches_by_group.conversions, 0) as conversions,
        coalesce(matches_by_group.points, 0) as points
    from criteria
    inner join leads_by_group on criteria.model_id = leads_by_group.model_id
    left join matches_by_group
        on
            criteria.model_id = matches_by_group.model_id
            and criteria.criterion_id = matches_by_group.criterion_id
            and leads_by_group.lead_group = matches_by_group.lead_group

),

altogether as (

    select
        by_group.model_id,
        by_group.criterion_id,
        sum(by_group.all_lead_dates) as all_lead_dates,
        sum(by_group.all_conversions) as all_conversions,
        sum(by_group.lead_dates) as lead_dates,
        sum(by_group.conversions) as conversions,
        sum(by_group.points) as points
    from by_group
    group by by_group.model_id, by_group.criterion_id

),

replicates as (

    select
        altogether.model_id,
        altogether.criterion_id,
        'all' as replicate,
        altogether.all_lead_dates,
        altogether.all_conversions,
        altogether.lead_dates,
        altogether.conversions,
        altogether.points
    from altogether

    union all

    select
        altogether.model_id,
        altogether.criterion_id,
        by_group.lead_group as replicate,
        altogether.all_lead_dates - by_group.all_lead_dates as all_lead_dates,
        altogether.all_conversions - by_group.all_conversions as all_conversions,
        altogether.lead_dates - by_group.lead_dates as lead_dates,
        altogether.conversions - by_group.conversions as conversions,
        altogether.points - by_group.points as points
    from altogether
    inner join by_group
        on
            altogether.model_id = by_group.model_id
            and altogether.criterion_id = by_group.criterion_id

),

crossed as (

    select
        replicates.*,
        cast(replicates.conversions as {{ double }}) + 0.5 as won_with,
        cast(replicates.lead_dates - replicates.conversions as {{ double }}) + 0.5 as others_with,
        cast(replicates.all_conversions - replicates.conversions as {{ double }}) + 0.5 as won_without,
        cast(
            replicates.all_lead_dates - replicates.lead_dates - replicates.all_conversions + replicates.conversions
            as {{ double }}
        ) + 0.5 as others_without
    from replicates

),

final as (

    select
        crossed.model_id,
        crossed.criterion_id,
        crossed.replicate,
        cast(crossed.all_lead_dates as bigint) as all_lead_dates,
        cast(crossed.all_conversions as bigint) as all_conversions,
        cast(crossed.lead_dates as bigint) as lead_dates,
        cast(crossed.conversions as bigint) as conversions,
        {{ lead_scoring.ratio('crossed.points', 'crossed.lead_dates') }} as mean_points,
        {{ lead_scoring.ratio('crossed.conversions', 'crossed.lead_dates') }}
        / nullif({{ lead_scoring.ratio('crossed.all_conversions', 'crossed.all_lead_dates') }}, 0) as lift,
        ln(crossed.won_with * (crossed.others_with + crossed.others_without))
        - ln(crossed.others_with * (crossed.won_with + crossed.won_without)) as evidence_with,
        ln(crossed.won_without * (crossed.others_with + crossed.others_without))
        - ln(crossed.others_without * (crossed.won_with + crossed.won_without)) as evidence_without,
        crossed.won_with / (crossed.won_with + crossed.won_without)
        - crossed.others_with / (crossed.others_with + crossed.others_without) as share_difference
    from crossed

)

select * from final
