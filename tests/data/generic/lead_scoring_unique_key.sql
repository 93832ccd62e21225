{% test lead_scoring_unique_key(model, columns) %}
{%- set key = columns | join(', ') %}
select
    {{ key }},
    count(*) as copies
from {{ model }}
group by {{ key }}
having
    count(*) > 1
    or {{ columns | join(' is null\n    or ') }} is null
{% endtest %}
