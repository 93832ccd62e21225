-- A lead exists from the day it was created; one without a date has always been there.
with

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

final as (

    select
        scoring_dates.as_of_date,
        leads.lead_id,
        {{ dbt.datediff('cast(leads.created_at as date)', 'scoring_dates.as_of_date', 'day') }}
            as lead_age_days
    from leads
    cross join scoring_dates
    where
        leads.created_at is null
        or cast(leads.created_at as date) <= scoring_dates.as_of_date

)

select * from final
