-- Maven Analytics: sales opportunities of an invented company, whose outcomes follow nothing.
-- Expects the variable data, the folder with the four CSV files, and the table scoring_dates.

-- Closed deals only. Whether an open one will be won nobody knows, and to count it as not won leaks:
-- two in three open deals name no account, every closed one does.
create or replace view closed_deals as

select
    opportunity_id,
    sales_agent,
    product,
    account,
    deal_stage
from read_csv(getvariable('data') || '/sales_pipeline.csv')
where deal_stage in ('Won', 'Lost');

create or replace view leads as

select
    closed_deals.opportunity_id as lead_id,
    cast(scoring_dates.as_of_date as timestamp) as created_at,
    closed_deals.product,
    closed_deals.sales_agent,
    replace(accounts.sector, 'technolgy', 'technology') as industry,
    accounts.employees as company_size,
    accounts.office_location as country,
    accounts.year_established,
    accounts.subsidiary_of,
    sales_teams.manager,
    sales_teams.regional_office
from closed_deals
cross join scoring_dates
left join read_csv(getvariable('data') || '/accounts.csv') as accounts
    on closed_deals.account = accounts.account
left join read_csv(getvariable('data') || '/sales_teams.csv') as sales_teams
    on closed_deals.sales_agent = sales_teams.sales_agent;

create or replace view outcomes as

select
    closed_deals.opportunity_id as lead_id,
    lower(closed_deals.deal_stage) as outcome,
    cast(scoring_dates.as_of_date + 1 as timestamp) as occurred_at
from closed_deals
cross join scoring_dates;

-- What the logistic regression beside the points knows: the same attributes.
create or replace view reference as

select
    scoring_dates.as_of_date,
    leads.* exclude (created_at)
from leads
cross join scoring_dates;
