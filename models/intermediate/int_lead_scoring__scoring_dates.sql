-- Everything below is keyed by these dates; an ordinary night has one.
{% for date in lead_scoring.scoring_dates() -%}
select cast('{{ date }}' as date) as as_of_date
{%- if not loop.last %}
union all
{% endif %}
{%- endfor %}
