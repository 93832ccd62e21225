-- Every lead that exists on a date of the run has one row in the history for each model, with its
-- bands, and no other lead has any.
with

scored_leads as (

    select * from {{ ref('int_lead_scoring__scored_leads') }}

),

models as (

    select * from {{ ref('lead_scoring__models') }}

),

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

owed_and_given as (

    select
        scored_leads.as_of_date,
        models.model_id,
        scored_leads.lead_id,
        1 as rows_owed,
        0 as rows_given,
        0 as rows_without_band
    from scored_leads
    cross join models

    union all

    select
        score_history.as_of_date,
        score_history.model_id,
        score_history.lead_id,
        0 as rows_owed,
        1 as rows_given,
        case when score_history.grade is null then 1 else 0 end as rows_without_band
    from score_history
    inner join scoring_dates on score_history.as_of_date = scoring_dates.as_of_date

),

final as (

    select
        owed_and_given.as_of_date,
        owed_and_given.model_id,
        owed_and_given.lead_id,
        sum(owed_and_given.rows_owed) as rows_owed,
        sum(owed_and_given.rows_given) as rows_given,
        sum(owed_and_given.rows_without_band) as rows_without_band
    from owed_and_given
    group by owed_and_given.as_of_date, owed_and_given.model_id, owed_and_given.lead_id
    having
        sum(owed_and_given.rows_owed) != 1
        or sum(owed_and_given.rows_given) != 1
        or sum(owed_and_given.rows_without_band) != 0

)

select * from final
