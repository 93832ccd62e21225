-- The three criteria that earned a lead most, before limits.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}
    where points > 0

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

numbered as (

    select
        contributions.as_of_date,
        contributions.lead_id,
        criteria.model_id,
        contributions.criterion_key,
        row_number() over (
            partition by contributions.as_of_date, contributions.lead_id, criteria.model_id
            order by
                contributions.points desc,
                contributions.criterion_key asc
        ) as reason_number
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key

),

final as (

    select
        numbered.as_of_date,
        numbered.model_id,
        numbered.lead_id,
        max(case when numbered.reason_number = 1 then criteria.description end) as reason_1,
        max(case when numbered.reason_number = 2 then criteria.description end) as reason_2,
        max(case when numbered.reason_number = 3 then criteria.description end) as reason_3
    from numbered
    inner join criteria on numbered.criterion_key = criteria.criterion_key
    where numbered.reason_number <= 3
    group by numbered.as_of_date, numbered.model_id, numbered.lead_id

)

select * from final
