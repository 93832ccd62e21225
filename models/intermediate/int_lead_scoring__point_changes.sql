{%- set change = lead_scoring.type_decimal(38, 6) -%}
-- The three criteria whose points moved most from one scored date to the next. The earlier of the two
-- is one of this run, or the last before it, whose contributions were kept.
with

contributions as (

    select * from {{ ref('int_lead_scoring__contributions') }}

),

criteria as (

    select * from {{ ref('int_lead_scoring__criteria') }}

),

recent_contributions as (

    select * from {{ ref('lead_scoring__recent_contributions') }}

),

ranked_leads as (

    select * from {{ ref('int_lead_scoring__ranked_leads') }}

),

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

history_dates as (

    select * from {{ ref('int_lead_scoring__history_dates') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

dated_points as (

    select
        contributions.as_of_date,
        criteria.model_id,
        contributions.lead_id,
        criteria.criterion_id,
        contributions.points
    from contributions
    inner join criteria on contributions.criterion_key = criteria.criterion_key

    union all

    select
        recent_contributions.as_of_date,
        recent_contributions.model_id,
        recent_contributions.lead_id,
        recent_contributions.criterion_id,
        recent_contributions.points
    from recent_contributions
    where recent_contributions.as_of_date not in (select scoring_dates.as_of_date from scoring_dates)

),

known_dates as (

    select distinct dated_points.as_of_date
    from dated_points

),

date_pairs as (

    select
        scoring_dates.as_of_date,
        history_dates.previous_date
    from scoring_dates
    inner join history_dates on scoring_dates.as_of_date = history_dates.as_of_date
    inner join known_dates on history_dates.previous_date = known_dates.as_of_date

),

-- A lead that was not there on the earlier date did not change.
compared_leads as (

    select
        date_pairs.as_of_date,
        date_pairs.previous_date,
        ranked_leads.model_id,
        ranked_leads.lead_id
    from date_pairs
    inner join ranked_leads on date_pairs.as_of_date = ranked_leads.as_of_date
    inner join score_history
        on
            date_pairs.previous_date = score_history.as_of_date
            and ranked_leads.model_id = score_history.model_id
            and ranked_leads.lead_id = score_history.lead_id

),

signed_points as (

    select
        date_pairs.as_of_date,
        dated_points.model_id,
        dated_points.lead_id,
        dated_points.criterion_id,
        dated_points.points
    from date_pairs
    inner join dated_points on date_pairs.as_of_date = dated_points.as_of_date

    union all

    select
        date_pairs.as_of_date,
        dated_points.model_id,
        dated_points.lead_id,
        dated_points.criterion_id,
        -dated_points.points as points
    from date_pairs
    inner join dated_points on date_pairs.previous_date = dated_points.as_of_date

),

changes as (

    select
        signed_points.as_of_date,
        signed_points.model_id,
        signed_points.lead_id,
        signed_points.criterion_id,
        cast(sum(signed_points.points) as {{ change }}) as points_change
    from signed_points
    group by signed_points.as_of_date, signed_points.model_id, signed_points.lead_id, signed_points.criterion_id
    having sum(signed_points.points) != 0

),

numbered as (

    select
        changes.*,
        row_number() over (
            partition by changes.as_of_date, changes.model_id, changes.lead_id
            order by
                abs(changes.points_change) desc,
                {{ lead_scoring.in_byte_order('changes.criterion_id') }} asc
        ) as change_number
    from changes

),

final as (

    select
        {% for number in range(1, 4) -%}
        max(case when numbered.change_number = {{ number }} then numbered.criterion_id end) as criterion_{{ number }},
        max(case when numbered.change_number = {{ number }} then numbered.points_change end)
            as points_change_{{ number }},
        {% endfor -%}
        compared_leads.as_of_date,
        compared_leads.previous_date,
        compared_leads.model_id,
        compared_leads.lead_id
    from compared_leads
    left join numbered
        on
            compared_leads.as_of_date = numbered.as_of_date
            and compared_leads.model_id = numbered.model_id
            and compared_leads.lead_id = numbered.lead_id
            and numbered.change_number <= 3
    group by
        compared_leads.as_of_date, compared_leads.previous_date, compared_leads.model_id, compared_leads.lead_id

)

select * from final
