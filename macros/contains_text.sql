{% macro contains_text(expression, part) -%}
    {{ return(adapter.dispatch('contains_text', 'lead_scoring')(expression, part)) }}
{%- endmacro %}

{% macro default__contains_text(expression, part) -%}
    {{ dbt.position(part, expression) }} > 0
{%- endmacro %}

{% macro duckdb__contains_text(expression, part) -%}
    contains({{ expression }}, {{ part }})
{%- endmacro %}

{% macro snowflake__contains_text(expression, part) -%}
    contains({{ expression }}, {{ part }})
{%- endmacro %}
