-- BPI Challenge 2012: the log of a Dutch bank's loan applications, an application being a lead.
-- Expects the variable data, the folder with leads, events, outcomes and closed_lost as Parquet.

set variable as_of = date '2011-12-12';

create or replace view leads as

select
    lead_id,
    created_at,
    amount_requested
from read_parquet(getvariable('data') || '/leads.parquet');

-- W_ events are the bank's staff at work and say nothing of the applicant. An approved, registered
-- or activated application and an accepted offer are the win itself.
create or replace view events as

with

raw_events as (

    select
        *,
        split_part(event_type, '.', 1) as activity
    from read_parquet(getvariable('data') || '/events.parquet')

)

select
    event_id,
    lead_id,
    case
        when starts_with(activity, 'A_') then 'application_' || lower(substr(activity, 3))
        else 'offer_' || lower(substr(activity, 3))
    end as event_type,
    occurred_at
from raw_events
where
    not starts_with(activity, 'W_')
    and activity not in ('A_APPROVED', 'A_REGISTERED', 'A_ACTIVATED', 'O_ACCEPTED');

create or replace view outcomes as

with

won as (

    select
        lead_id,
        'won' as outcome,
        converted_at as occurred_at,
        revenue
    from read_parquet(getvariable('data') || '/outcomes.parquet')

),

lost as (

    select
        lead_id,
        'lost' as outcome,
        closed_at as occurred_at,
        cast(null as double) as revenue
    from read_parquet(getvariable('data') || '/closed_lost.parquet')

)

select * from won
union all
select * from lost;

-- Applications still open at the end of the scoring date: was the loan signed in the next 7 days?
create or replace view labels as

with

closed as (

    select lead_id
    from outcomes
    where cast(occurred_at as date) <= getvariable('as_of')

),

soon_won as (

    select lead_id
    from outcomes
    where
        outcome = 'won'
        and cast(occurred_at as date) > getvariable('as_of')
        and cast(occurred_at as date) <= getvariable('as_of') + 7

)

select
    leads.lead_id,
    soon_won.lead_id is not null as converted
from leads
left join soon_won on leads.lead_id = soon_won.lead_id
left join closed on leads.lead_id = closed.lead_id
where
    closed.lead_id is null
    and cast(leads.created_at as date) <= getvariable('as_of');
