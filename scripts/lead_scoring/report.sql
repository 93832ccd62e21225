-- What a page shows of a publication, whose marts are attached as `published`. There are
-- report.subject, one row of what was asked for, and report.names, what leads are called.

-- One row per stage with memory on the scoring date.
create table report.stages as
with

counted as (

    select funnel.*
    from published.lead_scoring__funnel_daily as funnel
    inner join report.subject
        on
            funnel.model_id = subject.model_id
            and funnel.as_of_date = subject.as_of_date
    -- A stage of older rules in which nobody is any more tells nothing about the date.
    where funnel.stage_order is not null or funnel.leads > 0

)

select
    row_number() over (order by counted.stage_order asc nulls last, counted.stage asc) as place,
    counted.stage,
    counted.stage_order is null as is_outside,
    counted.leads,
    counted.leads / nullif(sum(counted.leads) over (), 0) as share,
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
        min(ranked.score) as lowest_score,
        max(ranked.score) as highest_score,
        greatest((max(ranked.score) - min(ranked.score)) / 20, 0.05) as raw_step
    from published.lead_scoring__ranked_leads as ranked
    inner join report.subject
        on
            ranked.model_id = subject.model_id
            and ranked.as_of_date = subject.as_of_date
    where not ranked.is_excluded

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
        cast(ranked.score * 10000 as bigint) as score_units,
        cast(score_scale.highest_score * 10000 as bigint) as highest_units,
        cast(score_scale.lowest_score * 10000 as bigint) as lowest_units,
        score_scale.step_units
    from published.lead_scoring__ranked_leads as ranked
    inner join report.subject
        on
            ranked.model_id = subject.model_id
            and ranked.as_of_date = subject.as_of_date
    cross join report.score_scale
    where not ranked.is_excluded

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
    count(*) / sum(count(*)) over () as share
from placed
group by placed.from_units, placed.step_units;

-- One row per score that a stage asks for.
create table report.stage_limits as
select
    rules.min_score,
    string_agg(rules.stage, ', ' order by rules.stage_order) as stages
from published.lead_scoring__stage_rules as rules
inner join report.subject
    on
        rules.model_id = subject.model_id
        and rules.as_of_date = subject.as_of_date
where rules.min_score is not null
group by rules.min_score;

-- One row per scored date, the newest: how the scores of the ranked leads lay.
create table report.score_dates as
with

dated as (

    select
        history.as_of_date,
        count(*) as leads,
        quantile_cont(cast(history.score as double), [0.25, 0.5, 0.75]) as quartiles
    from published.lead_scoring__score_history as history
    inner join report.subject
        on
            history.model_id = subject.model_id
            and history.as_of_date <= subject.as_of_date
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
    numbered.quartiles[2] as median,
    numbered.quartiles[3] as upper_quartile
from numbered
inner join report.subject on numbered.place <= subject.most_dates;

-- One row per lead among the best.
create table report.leads as
select
    ranked.score_rank,
    ranked.lead_id,
    names.full_name,
    names.company_name,
    ranked.score,
    ranked.grade,
    ranked.lifecycle_stage as stage,
    ranked.reason_1,
    ranked.reason_2,
    ranked.reason_3,
    ranked.action,
    ranked.owner_team,
    ranked.conversion_probability,
    ranked.expected_value
from published.lead_scoring__ranked_leads as ranked
inner join report.subject
    on
        ranked.model_id = subject.model_id
        and ranked.as_of_date = subject.as_of_date
        and ranked.score_rank <= subject.most_leads
left join report.names on ranked.lead_id = names.lead_id;

-- One row per lead whose score rose or fell most since the scored date before.
create table report.movers as
with

previous as (

    select max(history.as_of_date) as previous_date
    from published.lead_scoring__score_history as history
    inner join report.subject
        on
            history.model_id = subject.model_id
            and history.as_of_date < subject.as_of_date

),

moved as (

    select
        ranked.model_id,
        ranked.as_of_date,
        ranked.lead_id,
        ranked.score,
        ranked.previous_score,
        ranked.score - ranked.previous_score as score_change,
        ranked.lifecycle_stage as stage,
        row_number() over (
            partition by ranked.score > ranked.previous_score
            order by abs(ranked.score - ranked.previous_score) desc, ranked.lead_id asc
        ) as place
    from published.lead_scoring__ranked_leads as ranked
    inner join report.subject
        on
            ranked.model_id = subject.model_id
            and ranked.as_of_date = subject.as_of_date
    where not ranked.is_excluded and ranked.score != ranked.previous_score

),

most_moved as (

    select moved.*
    from moved
    inner join report.subject on moved.place <= subject.most_movers

),

kept as (

    select count(distinct recent.as_of_date) as dates
    from published.lead_scoring__recent_contributions as recent
    inner join report.subject on recent.model_id = subject.model_id
    cross join previous
    where recent.as_of_date in (subject.as_of_date, previous.previous_date)

),

changes as (

    select
        recent.lead_id,
        recent.criterion_id,
        sum(
            case when recent.as_of_date = most_moved.as_of_date then recent.points else -recent.points end
        ) as points_change
    from published.lead_scoring__recent_contributions as recent
    inner join most_moved
        on
            recent.model_id = most_moved.model_id
            and recent.lead_id = most_moved.lead_id
    cross join previous
    cross join kept
    where
        recent.as_of_date in (most_moved.as_of_date, previous.previous_date)
        -- Where those of one date are gone, a difference would be no change.
        and kept.dates = 2
    group by recent.lead_id, recent.criterion_id

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
    previous.previous_date,
    most_moved.lead_id,
    names.full_name,
    names.company_name,
    most_moved.previous_score,
    most_moved.score,
    most_moved.score_change,
    most_moved.stage,
    causes.criteria
from most_moved
cross join previous
left join causes on most_moved.lead_id = causes.lead_id
left join report.names on most_moved.lead_id = names.lead_id;

-- One row: the scored dates, and the leads on the scoring date.
create table report.summary as
with

history as (

    select
        min(funnel.as_of_date) as first_date,
        max(case when funnel.as_of_date < subject.as_of_date then funnel.as_of_date end) as previous_date,
        count(distinct funnel.as_of_date) as dates
    from published.lead_scoring__funnel_daily as funnel
    inner join report.subject
        on
            funnel.model_id = subject.model_id
            and funnel.as_of_date <= subject.as_of_date

),

counted as (

    select
        count(*) as leads,
        count(ranked.score_rank) as ranked_leads
    from published.lead_scoring__ranked_leads as ranked
    inner join report.subject
        on
            ranked.model_id = subject.model_id
            and ranked.as_of_date = subject.as_of_date

)

select *
from history
cross join counted;
