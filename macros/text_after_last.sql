{% macro text_after_last(expression, separator) -%}
    {{ return(adapter.dispatch('text_after_last', 'lead_scoring')(expression, separator)) }}
{%- endmacro %}

{% macro default__text_after_last(expression, separator) -%}
    split_part({{ expression }}, '{{ separator }}', -1)
{%- endmacro %}

{% macro bigquery__text_after_last(expression, separator) -%}
    array_reverse(split({{ expression }}, '{{ separator }}'))[safe_offset(0)]
{%- endmacro %}
