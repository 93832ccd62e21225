-- Each line begins where the line before it left its figure, adds its points, and all points
-- together are the score. Returned are the lines and leads of which one of these does not hold.
with

ledger as (

    select * from {{ ref('lead_scoring__score_ledger') }}

),

ranked_leads as (

    select * from {{ ref('lead_scoring__ranked_leads') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

criterion_groups as (

    select * from {{ ref('lead_scoring__groups') }}

),

-- The group and the part of the score that the lines of criteria and of groups are of.
places as (

    select
        criteria.model_id,
        'criterion' as line_type,
        criteria.criterion_id as item,
        criteria.group_id,
        criteria.dimension
    from criteria

    union all

    select
        criterion_groups.model_id,
        'group_limit' as line_type,
        criterion_groups.group_id as item,
        criterion_groups.group_id,
        criterion_groups.dimension
    from criterion_groups

),

placed as (

    select
        ledger.*,
        places.group_id,
        coalesce(places.dimension, ledger.item) as part
    from ledger
    left join places
        on
            ledger.model_id = places.model_id
            and ledger.line_type = places.line_type
            and ledger.item = places.item

),

accounted as (

    select
        placed.*,
        lag(placed.after) over (
            partition by placed.as_of_date, placed.model_id, placed.lead_id
            order by placed.line_number asc
        ) as previous_after,
        lag(placed.group_id) over (
            partition by placed.as_of_date, placed.model_id, placed.lead_id
            order by placed.line_number asc
        ) as previous_group_id,
        sum(placed.points) over (
            partition by placed.as_of_date, placed.model_id, placed.lead_id
            order by placed.line_number asc
            rows between unbounded preceding and current row
        ) as points_so_far,
        sum(case when placed.part = 'engagement' then placed.points end) over (
            partition by placed.as_of_date, placed.model_id, placed.lead_id
            order by placed.line_number asc
            rows between unbounded preceding and current row
        ) as engagement_so_far
    from placed

),

expected as (

    select
        accounted.*,
        case
            when accounted.line_type = 'criterion' and accounted.previous_group_id = accounted.group_id
                then accounted.previous_after
            when accounted.line_type = 'criterion' then 0
            when accounted.line_type = 'group_limit' then accounted.previous_after
            when accounted.part = 'engagement' then accounted.engagement_so_far - accounted.points
            else accounted.points_so_far - accounted.points
        end as expected_before
    from accounted

),

broken_lines as (

    select
        'a line does not follow from those before it' as problem,
        expected.as_of_date,
        expected.model_id,
        expected.lead_id,
        expected.line_number
    from expected
    where
        expected.expected_before is null
        or expected.before != expected.expected_before
        or expected.after != expected.before + expected.points
        or expected.line_type not in (
            'criterion', 'group_limit', 'dimension_limit', 'dimension_weight', 'score_limit', 'rounding'
        )
        or (expected.line_type = 'rounding' and abs(expected.points) > 0.00005)
        or (expected.line_type = 'criterion' and expected.group_id is null)

),

totals as (

    select
        ledger.as_of_date,
        ledger.model_id,
        ledger.lead_id,
        sum(ledger.points) as points,
        count(*) as line_count,
        max(ledger.line_number) as last_line
    from ledger
    group by ledger.as_of_date, ledger.model_id, ledger.lead_id

),

broken_scores as (

    select
        'the lines do not add up to the score' as problem,
        coalesce(ranked_leads.as_of_date, totals.as_of_date) as as_of_date,
        coalesce(ranked_leads.model_id, totals.model_id) as model_id,
        coalesce(ranked_leads.lead_id, totals.lead_id) as lead_id,
        totals.last_line as line_number
    from ranked_leads
    full outer join totals
        on
            ranked_leads.as_of_date = totals.as_of_date
            and ranked_leads.model_id = totals.model_id
            and ranked_leads.lead_id = totals.lead_id
    where
        ranked_leads.lead_id is null
        or coalesce(totals.points, 0) != ranked_leads.score
        or totals.line_count != totals.last_line

),

final as (

    select * from broken_lines
    union all
    select * from broken_scores

)

select * from final
