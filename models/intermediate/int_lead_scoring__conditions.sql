-- Rules that ask the same question share one condition: an operator and operand on a lead's
-- attribute, on an event's property, or on a figure drawn from a lead's events.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

exclusions as (

    select * from {{ ref('lead_scoring__exclusions') }}

),

asked as (

    select
        'lead' as asked_of,
        criteria.subject as property,
        criteria.operator,
        criteria.operand
    from criteria
    where criteria.signal = 'attribute'

    union distinct

    select
        'lead' as asked_of,
        {{ lead_scoring.lowered(lead_scoring.trimmed('exclusions.attribute')) }} as property,
        exclusions.operator,
        {{ lead_scoring.lowered(lead_scoring.trimmed('exclusions.value')) }} as operand
    from exclusions

    union distinct

    select
        'event' as asked_of,
        criteria.filter_property as property,
        criteria.filter_operator as operator,
        criteria.filter_operand as operand
    from criteria
    where criteria.filter_property is not null

    union distinct

    select
        'figure' as asked_of,
        cast(criteria.criterion_key as {{ dbt.type_string() }}) as property,
        criteria.operator,
        criteria.operand
    from criteria
    where criteria.signal in ('frequency', 'recency', 'monetary')

),

final as (

    select
        row_number() over (
            order by asked.asked_of asc, asked.property asc, asked.operator asc, asked.operand asc nulls first
        ) as condition_id,
        asked.asked_of,
        asked.property,
        asked.operator,
        asked.operand
    from asked

)

select * from final
