-- Lifecycle stages move from one scored date to the next.
with

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

scored_dates as (

    select distinct score_history.as_of_date
    from score_history

),

final as (

    select
        scored_dates.as_of_date,
        lag(scored_dates.as_of_date) over (
            order by scored_dates.as_of_date asc
        ) as previous_date
    from scored_dates

)

select * from final
