{# Rows of a date come from one run, and none stands twice: both would show in the number of leads by
   model. Counted by date, since a history is long. #}
{% test lead_scoring_one_run_per_date(model) %}
select
    as_of_date,
    model_id,
    count(distinct run_id) as runs,
    count(*) as row_count,
    count(distinct lead_id) as leads
from {{ model }}
where as_of_date in (select as_of_date from {{ ref('int_lead_scoring__scoring_dates') }})
group by as_of_date, model_id
having count(distinct run_id) > 1 or count(*) != count(distinct lead_id)
{% endtest %}
