-- A lead that was won stays a customer, whatever came after.
with

outcomes as (

    select * from {{ ref('int_lead_scoring__outcomes') }}
    where
        rejection_reason is null
        and outcome = 'won'

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

final as (

    select distinct
        scoring_dates.as_of_date,
        outcomes.lead_id
    from outcomes
    inner join scoring_dates on outcomes.outcome_date <= scoring_dates.as_of_date

)

select * from final
