-- X Education: one CSV of leads with attributes and running totals of their visits.
-- Expects the variable data, the folder that holds Leads.csv.

-- The list carries no dates, so the day only names the run: any other gives the same scores.
set variable as_of = date '2020-01-01';

-- Left out because sales fills them in afterwards: Tags, Lead Quality, Lead Profile, the four
-- Asymmetrique columns, Last Activity and Last Notable Activity. Left out because nearly every
-- lead has the same answer: Do Not Call, Search, Magazine, the newspapers, forums, updates, cheque.
create or replace view leads as

with

raw_leads as (

    select * from read_csv(getvariable('data') || '/Leads.csv', all_varchar = true)

),

-- 'Select' is what the form shows before anything is chosen.
answered as (

    select nullif(trim(columns(*)), 'Select') from raw_leads

)

select
    "Prospect ID" as lead_id,
    cast(null as timestamp) as created_at,
    "Lead Source" as lead_source,
    "Country" as country,
    "Do Not Email" = 'Yes' as is_unsubscribed,
    "Lead Origin" as submitted_through,
    "Specialization" as specialization,
    "City" as city,
    "How did you hear about X Education" as heard_from,
    "A free copy of Mastering The Interview" = 'Yes' as wants_interview_guide,
    "What is your current occupation" as current_occupation,
    "What matters most to you in choosing a course" as course_priority,
    cast("TotalVisits" as integer) as total_visits,
    cast("Total Time Spent on Website" as integer) as seconds_on_website,
    cast("Page Views Per Visit" as double) as pages_per_visit
from answered;

-- Visits come as totals on the lead, not one by one.
create or replace view events as

select
    cast(null as varchar) as event_id,
    cast(null as varchar) as lead_id,
    cast(null as varchar) as event_type,
    cast(null as timestamp) as occurred_at
where false;

-- Whether a lead converted is known, when it did is not. As an outcome it would need a time, and
-- would turn into a customer every lead that the score is held against: it stays in labels.
create or replace view outcomes as

select
    cast(null as varchar) as lead_id,
    cast(null as varchar) as outcome,
    cast(null as timestamp) as occurred_at
where false;

-- The 30 % of the leads, drawn by a hash of the id, from which no points were derived.
create or replace view labels as

with

raw_leads as (

    select * from read_csv(getvariable('data') || '/Leads.csv', all_varchar = true)

)

select
    "Prospect ID" as lead_id,
    "Converted" = '1' as converted
from raw_leads
where cast('0x' || substr(md5("Prospect ID"), 1, 8) as bigint) % 100 >= 70;
