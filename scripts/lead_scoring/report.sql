-- What a page shows of a publication, whose marts are attached as `published`. There are
-- report.subject, one row of what was asked for, and report.names, what leads are called.

create view report.ranked_leads as
select lead_scoring__ranked_leads.*
from published.lead_scoring__ranked_leads
inner join report.subject
    on
        lead_scoring__ranked_leads.model_id = subject.model_id
        and lead_scoring__ranked_leads.as_of_date = subject.as_of_date;

-- Up to the scoring date: a publication may hold later ones.
create view report.history as
select lead_scoring__score_history.*
from published.lead_scoring__score_history
inner join report.subject
    on
        lead_scoring__score_history.model_id = subject.model_id
        and lead_scoring__score_history.as_of_date <= subject.as_of_date;

create view report.funnel as
select lead_scoring__funnel_daily.*
from published.lead_scoring__funnel_daily
inner join report.subject
    on
        lead_scoring__funnel_daily.model_id = subject.model_id
        and lead_scoring__funnel_daily.as_of_date <= subject.as_of_date;

create view report.stage_rules as
select lead_scoring__stage_rules.*
from published.lead_scoring__stage_rules
inner join report.subject
    on
        lead_scoring__stage_rules.model_id = subject.model_id
        and lead_scoring__stage_rules.as_of_date = subject.as_of_date;

create view report.contributions as
select lead_scoring__recent_contributions.*
from published.lead_scoring__recent_contributions
inner join report.subject on lead_scoring__recent_contributions.model_id = subject.model_id;

-- One row: the scored dates, and the leads on the scoring date.
create table report.summary as
with

dates as (

    select
        min(funnel.as_of_date) as first_date,
        max(case when funnel.as_of_date < subject.as_of_date then funnel.as_of_date end) as previous_date,
        count(distinct funnel.as_of_date) as dates
    from report.funnel
    cross join report.subject

),

counted as (

    select
        count(*) as leads,
        count(ranked_leads.score_rank) as ranked_leads
    from report.ranked_leads

)

select
    dates.first_date,
    dates.previous_date,
    dates.dates,
    counted.leads,
    counted.ranked_leads
from dates
cross join counted;

-- One row per stage with memory on the scoring date.
create table report.stages as
with

counted as (

    select funnel.*
    from report.funnel
    inner join report.subject on funnel.as_of_date = subject.as_of_date
    -- A stage of older rules in which nobody is any more tells nothing about the date.
    where funnel.stage_order is not null or funnel.leads > 0

)

select
    row_number() over (order by counted.stage_order asc nulls last, counted.stage asc) as place,
    counted.stage,
    counted.stage_order is null as is_outside,
    counted.leads,
    counted.leads / nullif(sum(counted.leads) over (), 0) as share_of_leads,
    counted.entries_to_date,
    counted.conversions_to_date,
    counted.conversion_rate,
    counted.median_days_to_conversion
from counted;

-- One row. A step between the scores of the histogram is 1, 2 or 5 times a power of ten, so that
-- there are 20 bars at most. Scores are counted in units of their fourth decimal, as whole numbers
-- have no rounding at the edges.
create table report.score_scale as
with

spanned as (

    select
        min(ranked_leads.score) as lowest_score,
        max(ranked_leads.score) as highest_score,
        greatest((max(ranked_leads.score) - min(ranked_leads.score)) / 20, 0.05) as raw_step
    from report.ranked_leads
    where not ranked_leads.is_excluded

),

scaled as (

    select
        spanned.*,
        power(10, floor(log10(spanned.raw_step))) as magnitude
    from spanned

)

select
    scaled.lowest_score,
    scaled.highest_score,
    cast(
        round(
            10000 * scaled.magnitude * case
                when scaled.raw_step <= scaled.magnitude then 1
                when scaled.raw_step <= 2 * scaled.magnitude then 2
                when scaled.raw_step <= 5 * scaled.magnitude then 5
                else 10
            end
        ) as bigint
    ) as step_units
from scaled;

-- One row per bar of the histogram: leads with a score from from_score to below to_score; the
-- highest score counts to the last bar.
create table report.scores as
with

counted as (

    select
        cast(ranked_leads.score * 10000 as bigint) as score_units,
        cast(score_scale.highest_score * 10000 as bigint) as highest_units,
        cast(score_scale.lowest_score * 10000 as bigint) as lowest_units,
        score_scale.step_units
    from report.ranked_leads
    cross join report.score_scale
    where not ranked_leads.is_excluded

),

placed as (

    select
        counted.step_units,
        counted.score_units
        - (counted.score_units % counted.step_units + counted.step_units) % counted.step_units
        - case
            when
                counted.score_units = counted.highest_units
                and counted.highest_units > counted.lowest_units
                and counted.score_units % counted.step_units = 0
                then counted.step_units
            else 0
        end as from_units
    from counted

)

select
    cast(placed.from_units / 10000 as decimal(38, 4)) as from_score,
    cast((placed.from_units + placed.step_units) / 10000 as decimal(38, 4)) as to_score,
    count(*) as leads,
    count(*) / sum(count(*)) over () as share_of_leads
from placed
group by placed.from_units, placed.step_units;

-- One row per score that a stage asks for.
create table report.stage_limits as
select
    stage_rules.min_score,
    string_agg(stage_rules.stage, ', ' order by stage_rules.stage_order) as stage_names
from report.stage_rules
where stage_rules.min_score is not null
group by stage_rules.min_score;

-- One row per scored date, the newest: how the scores of the ranked leads lay.
create table report.score_dates as
with

dated as (

    select
        history.as_of_date,
        count(*) as leads,
        quantile_cont(cast(history.score as double), [0.25, 0.5, 0.75]) as quartiles
    from report.history
    where not history.is_excluded
    group by history.as_of_date

),

numbered as (

    select
        dated.*,
        row_number() over (order by dated.as_of_date desc) as place
    from dated

)

select
    numbered.as_of_date,
    numbered.leads,
    numbered.quartiles[1] as lower_quartile,
    numbered.quartiles[2] as median_score,
    numbered.quartiles[3] as upper_quartile
from numbered
inner join report.subject on numbered.place <= subject.most_dates;

-- One row per lead among the best.
create table report.leads as
select
    ranked_leads.score_rank,
    ranked_leads.lead_id,
    names.full_name,
    names.company_name,
    ranked_leads.score,
    ranked_leads.grade,
    ranked_leads.lifecycle_stage as stage,
    ranked_leads.reason_1,
    ranked_leads.reason_2,
    ranked_leads.reason_3,
    ranked_leads.action,
    ranked_leads.owner_team,
    ranked_leads.conversion_probability,
    ranked_leads.expected_value
from report.ranked_leads
inner join report.subject on ranked_leads.score_rank <= subject.most_leads
left join report.names on ranked_leads.lead_id = names.lead_id;

-- One row per lead whose score rose or fell most since the scored date before.
create table report.movers as
with

moved as (

    select
        ranked_leads.as_of_date,
        ranked_leads.lead_id,
        ranked_leads.score,
        ranked_leads.previous_score,
        ranked_leads.score - ranked_leads.previous_score as score_change,
        ranked_leads.lifecycle_stage as stage,
        row_number() over (
            partition by ranked_leads.score > ranked_leads.previous_score
            order by abs(ranked_leads.score - ranked_leads.previous_score) desc, ranked_leads.lead_id asc
        ) as place
    from report.ranked_leads
    where not ranked_leads.is_excluded and ranked_leads.score != ranked_leads.previous_score

),

most_moved as (

    select moved.*
    from moved
    inner join report.subject on moved.place <= subject.most_movers

),

kept as (

    select contributions.*
    from report.contributions
    cross join report.subject
    cross join report.summary
    where contributions.as_of_date in (subject.as_of_date, summary.previous_date)

),

kept_dates as (

    select count(distinct kept.as_of_date) as dates
    from kept

),

changes as (

    select
        kept.lead_id,
        kept.criterion_id,
        sum(case when kept.as_of_date = most_moved.as_of_date then kept.points else -kept.points end)
            as points_change
    from kept
    inner join most_moved on kept.lead_id = most_moved.lead_id
    cross join kept_dates
    -- Where those of one date are gone, a difference would be no change.
    where kept_dates.dates = 2
    group by kept.lead_id, kept.criterion_id

),

placed as (

    select
        changes.*,
        row_number() over (
            partition by changes.lead_id
            order by abs(changes.points_change) desc, changes.criterion_id asc
        ) as place
    from changes
    where changes.points_change != 0

),

causes as (

    select
        placed.lead_id,
        list({'criterion_id': placed.criterion_id, 'points_change': placed.points_change} order by placed.place)
            as criteria
    from placed
    where placed.place <= 3
    group by placed.lead_id

)

select
    most_moved.lead_id,
    names.full_name,
    names.company_name,
    most_moved.previous_score,
    most_moved.score,
    most_moved.score_change,
    most_moved.stage,
    causes.criteria
from most_moved
left join causes on most_moved.lead_id = causes.lead_id
left join report.names on most_moved.lead_id = names.lead_id;
