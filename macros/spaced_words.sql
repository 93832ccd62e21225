{% macro spaced_words(expression) -%}
    {{ return(adapter.dispatch('spaced_words', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro duckdb__spaced_words(expression) -%}
    trim(regexp_replace(lower({{ expression }}), '[^\p{L}\p{Nd}]+', ' ', 'g'))
{%- endmacro %}
