-- A lead exists from the day it was created; one without a date has always been there. Its attributes
-- are those of the version that held at the end of the date, and today's where none did.
with

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

versions as (

    select * from {{ ref('int_lead_scoring__lead_history') }}
    where rejection_reason is null

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

final as (

    select
        scoring_dates.as_of_date,
        leads.lead_id,
        {{ dbt.datediff('cast(leads.created_at as date)', 'scoring_dates.as_of_date', 'day') }}
            as lead_age_days,
        versions.valid_from as version_from
    from leads
    cross join scoring_dates
    left join versions
        on
            leads.lead_id = versions.lead_id
            and scoring_dates.as_of_date >= versions.holds_from
            and (versions.holds_until is null or scoring_dates.as_of_date < versions.holds_until)
    where
        leads.created_at is null
        or cast(leads.created_at as date) <= scoring_dates.as_of_date

)

select * from final
