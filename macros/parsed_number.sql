{% macro parsed_number(expression) -%}
    {{ return(adapter.dispatch('parsed_number', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro duckdb__parsed_number(expression) -%}
    case when {{ lead_scoring.is_number(expression) }} then try_cast({{ expression }} as double) end
{%- endmacro %}
