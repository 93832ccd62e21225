{%- set dates = lead_scoring.scoring_dates() -%}
{%- do lead_scoring.check_dates_are_kept(dates) -%}
-- Everything below is keyed by these dates; an ordinary night has one.
{% for date in dates -%}
select cast('{{ date }}' as date) as as_of_date
{%- if not loop.last %}
union all
{% endif %}
{%- endfor %}
