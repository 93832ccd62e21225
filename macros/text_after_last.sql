{% macro text_after_last(expression, separator) -%}
    {{ return(adapter.dispatch('text_after_last', 'lead_scoring')(expression, separator)) }}
{%- endmacro %}

{% macro duckdb__text_after_last(expression, separator) -%}
    split_part({{ expression }}, '{{ separator }}', -1)
{%- endmacro %}
