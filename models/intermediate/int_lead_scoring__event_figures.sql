{%- set text = dbt.type_string() -%}
{%- set amount = lead_scoring.type_decimal(38, 4) -%}
-- The figure that each frequency, recency or monetary criterion looks at, for every lead: a lead
-- without events has a count and a sum of 0 and no days since the latest.
with

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}
    where signal in ('frequency', 'recency', 'monetary')

),

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

event_totals as (

    select * from {{ ref('int_lead_scoring__event_totals') }}

),

final as (

    select
        scored_leads.as_of_date,
        scored_leads.lead_id,
        criteria.criterion_key,
        cast(criteria.criterion_key as {{ text }}) as property,
        coalesce(
            case criteria.signal
                when 'frequency' then cast(coalesce(event_totals.occurrences, 0) as {{ text }})
                when 'monetary'
                    then cast(coalesce(event_totals.amount, cast(0 as {{ amount }})) as {{ text }})
                else
                    cast(
                        {{ dbt.datediff('event_totals.last_event_date', 'scored_leads.as_of_date', 'day') }}
                        as {{ text }}
                    )
            end,
            ''
        ) as value
    from scored_leads
    cross join criteria
    left join event_totals
        on
            scored_leads.as_of_date = event_totals.as_of_date
            and scored_leads.lead_id = event_totals.lead_id
            and criteria.criterion_key = event_totals.criterion_key

)

select * from final
