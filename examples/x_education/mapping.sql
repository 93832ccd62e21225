-- X Education: one CSV of leads with attributes and running totals of their visits.
-- Expects the variable data, the folder that holds Leads.csv, and the table scoring_dates.

create or replace view raw_leads as

select * from read_csv(getvariable('data') || '/Leads.csv', all_varchar = true);

-- Left out because sales fills them in afterwards: Tags, Lead Quality, Lead Profile, the four
-- Asymmetrique columns, Last Activity and Last Notable Activity. Left out because nearly every
-- lead has the same answer: Do Not Call, Search, Magazine, the newspapers, forums, updates, cheque.
-- The list carries no dates: every lead is there from the day that is scored.
create or replace view leads as

with

-- 'Select' is what the form shows before anything is chosen.
answered as (

    select nullif(trim(columns(*)), 'Select') from raw_leads

),

-- Who comes through the API, mostly from the chat, has filled in no form, unless they told what
-- only forms ask.
with_forms as (

    select
        *,
        "Lead Origin" = 'API'
        and "How did you hear about X Education" is null
        and "A free copy of Mastering The Interview" is distinct from 'Yes' as is_without_form
    from answered

)

select
    "Prospect ID" as lead_id,
    cast(scoring_dates.as_of_date as timestamp) as created_at,
    "Lead Source" as lead_source,
    "Country" as country,
    "Do Not Email" = 'Yes' as is_unsubscribed,
    "Lead Origin" as lead_origin,
    "Specialization" as specialization,
    "City" as city,
    -- The forms ask for both.
    is_without_form and "Specialization" is not null as volunteered_field,
    is_without_form and "City" is not null as volunteered_city,
    "How did you hear about X Education" as heard_from,
    "A free copy of Mastering The Interview" = 'Yes' as wants_interview_guide,
    "What is your current occupation" as current_occupation,
    "What matters most to you in choosing a course" as course_priority,
    cast("TotalVisits" as integer) as pages_viewed,
    cast("Total Time Spent on Website" as integer) as seconds_on_website,
    cast("Page Views Per Visit" as double) as pages_per_visit,
    -- TotalVisits is a whole multiple of the pages per visit, but for rounding: it counts pages, and
    -- more of them than in one visit are another visit.
    cast("TotalVisits" as integer) > cast("Page Views Per Visit" as double) as came_back
from with_forms
cross join scoring_dates;

-- Whether a lead converted is known, when it did is not: the wins are put on the day after.
create or replace view outcomes as

select
    "Prospect ID" as lead_id,
    'won' as outcome,
    cast(scoring_dates.as_of_date + 1 as timestamp) as occurred_at
from raw_leads
cross join scoring_dates
where "Converted" = '1';

-- What the logistic regression beside the points knows: the same attributes.
create or replace view reference as

select
    scoring_dates.as_of_date,
    leads.* exclude (created_at)
from leads
cross join scoring_dates;
