{% macro split_to_rows(expression) -%}
    {{ return(adapter.dispatch('split_to_rows', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro duckdb__split_to_rows(expression) -%}
    unnest(string_split({{ expression }}, '|'))
{%- endmacro %}
