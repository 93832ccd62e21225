-- The filters through which criteria look at events, each once. Criteria that differ in points, decay,
-- caps or windows share theirs.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}
    where
        signal != 'attribute'
        and filter_key != ''

),

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'event'

),

final as (

    select distinct
        criteria.filter_key,
        criteria.subject as event_type,
        criteria.filter_property,
        conditions.condition_id
    from criteria
    inner join conditions
        on
            criteria.filter_property = conditions.property
            and criteria.filter_operator = conditions.operator
            and coalesce(criteria.filter_operand, '') = coalesce(conditions.operand, '')

)

select * from final
