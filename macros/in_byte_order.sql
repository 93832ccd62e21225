{# A text to order by, byte by byte as its code points stand, whatever the database's collation. #}
{% macro in_byte_order(expression) -%}
    {{ return(adapter.dispatch('in_byte_order', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__in_byte_order(expression) -%}
    {{ expression }}
{%- endmacro %}

{% macro postgres__in_byte_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}
