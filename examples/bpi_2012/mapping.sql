-- BPI Challenge 2012: the log of a Dutch bank's loan applications, an application being a lead.
-- Expects the variable data, the folder with leads, events, outcomes and closed_lost as Parquet, and
-- the table scoring_dates.

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

-- What the logistic regression beside the points knows: of each type of event how many there were
-- by the end of the date, and how fresh the last one is: 1 on its day, 1/8 a week later, 0 for none.
create or replace temporary table past_events as

select
    scoring_dates.as_of_date,
    events.lead_id,
    events.event_type,
    count(*) as events,
    max(1 / (1 + scoring_dates.as_of_date - cast(events.occurred_at as date))) as freshness
from events
inner join scoring_dates on cast(events.occurred_at as date) <= scoring_dates.as_of_date
group by all;

create or replace temporary table events_by_type as

pivot past_events
on event_type
using any_value(events) as events, any_value(freshness) as freshness
group by as_of_date, lead_id;

create or replace view reference as

select
    scoring_dates.as_of_date,
    leads.lead_id,
    leads.amount_requested,
    scoring_dates.as_of_date - cast(leads.created_at as date) as age_in_days,
    coalesce(columns('.*_(events|freshness)'), 0)
from leads
inner join scoring_dates on cast(leads.created_at as date) <= scoring_dates.as_of_date
left join events_by_type
    on
        leads.lead_id = events_by_type.lead_id
        and scoring_dates.as_of_date = events_by_type.as_of_date;
