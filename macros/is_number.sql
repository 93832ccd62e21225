{% macro is_number(expression) -%}
    {{ return(adapter.dispatch('is_number', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__is_number(expression) -%}
    {{ lead_scoring.matches_pattern(expression, "'^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'") }}
{%- endmacro %}
