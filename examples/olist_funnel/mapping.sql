-- Olist: marketing-qualified leads of a marketplace and the deals that came of them.
-- Expects the variable data, the folder with the two CSV files.

-- No win is known before December 2017, so the leads of 2018 only, and one window for all: won
-- within 90 days of the first contact. The leads of January to March are scored together on
-- 2018-03-31, those of April and May on 2018-06-30, each as on the day of its first contact.
create or replace view cohort_leads as

select
    mql_id as lead_id,
    landing_page_id,
    origin,
    cast(first_contact_date as date) as first_contact_date,
    case
        when first_contact_date < date '2018-04-01' then date '2018-03-31'
        else date '2018-06-30'
    end as as_of_date
from read_csv(getvariable('data') || '/olist_marketing_qualified_leads_dataset.csv')
where first_contact_date >= date '2018-01-01' and first_contact_date < date '2018-06-01';

-- The pages by number, the first the one that most leads of January to March came by: so the
-- criteria need no id of the data.
create or replace view landing_pages as

select
    landing_page_id,
    printf('page_%02d', row_number() over (order by count(*) desc, landing_page_id asc)) as landing_page
from cohort_leads
where first_contact_date < date '2018-04-01'
group by landing_page_id;

create or replace view leads as

select
    cohort_leads.lead_id,
    cast(cohort_leads.as_of_date as timestamp) as created_at,
    cohort_leads.origin as lead_source,
    landing_pages.landing_page
from cohort_leads
left join landing_pages on cohort_leads.landing_page_id = landing_pages.landing_page_id;

-- Of a won deal the date alone: segment, type, profile, people and revenue exist for won deals only.
-- The day after its date a lead is won, or was not within the 90 days, and is scored no more.
create or replace view outcomes as

with

won_deals as (

    select
        mql_id as lead_id,
        cast(won_date as date) as won_on
    from read_csv(getvariable('data') || '/olist_closed_deals_dataset.csv')

)

select
    cohort_leads.lead_id,
    case
        when won_deals.won_on <= cohort_leads.first_contact_date + 90 then 'won'
        else 'lost'
    end as outcome,
    cast(cohort_leads.as_of_date + 1 as timestamp) as occurred_at
from cohort_leads
left join won_deals on cohort_leads.lead_id = won_deals.lead_id;

-- What the logistic regression beside the points knows: the same attributes.
create or replace view reference as

select
    as_of_date,
    lead_id,
    origin,
    landing_page_id
from cohort_leads;
