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

last_events as (

    select * from {{ ref('int_lead_scoring__last_events') }}

),

looked_at as (

    select
        scored_leads.as_of_date,
        scored_leads.lead_id,
        criteria.criterion_key,
        criteria.signal,
        criteria.window_days,
        event_totals.occurrences,
        event_totals.amount,
        {{ dbt.datediff('last_events.last_event_date', 'scored_leads.as_of_date', 'day') }}
            as days_since_last
    from scored_leads
    cross join criteria
    left join event_totals
        on
            scored_leads.as_of_date = event_totals.as_of_date
            and scored_leads.lead_id = event_totals.lead_id
            and criteria.criterion_key = event_totals.criterion_key
    left join last_events
        on
            scored_leads.as_of_date = last_events.as_of_date
            and scored_leads.lead_id = last_events.lead_id
            and criteria.subject = last_events.event_type
            and criteria.filter_key = last_events.filter_key

),

final as (

    select
        looked_at.as_of_date,
        looked_at.lead_id,
        looked_at.criterion_key,
        cast(looked_at.criterion_key as {{ text }}) as property,
        coalesce(
            case
                when looked_at.signal = 'frequency' then cast(coalesce(looked_at.occurrences, 0) as {{ text }})
                when looked_at.signal = 'monetary'
                    then cast(coalesce(looked_at.amount, cast(0 as {{ amount }})) as {{ text }})
                when looked_at.window_days is null or looked_at.days_since_last < looked_at.window_days
                    then cast(looked_at.days_since_last as {{ text }})
            end,
            ''
        ) as value
    from looked_at

)

select * from final
