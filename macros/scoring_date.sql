{% macro scoring_date() -%}
    {%- set as_of = var('lead_scoring__as_of', none) -%}
    {%- if as_of is none -%}
        {%- set as_of = run_started_at.strftime('%Y-%m-%d') -%}
    {%- elif not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', as_of | string) -%}
        {{ exceptions.raise_compiler_error("The variable lead_scoring__as_of is a date of the form YYYY-MM-DD.") }}
    {%- endif -%}
    cast('{{ as_of }}' as date)
{%- endmacro %}
