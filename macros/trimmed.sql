{% macro trimmed(expression) -%}
    {{ return(adapter.dispatch('trimmed', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__trimmed(expression) -%}
    nullif(trim(both {{ lead_scoring.blank_characters() }} from cast({{ expression }} as varchar)), '')
{%- endmacro %}

{% macro duckdb__trimmed(expression) -%}
    nullif(trim(cast({{ expression }} as varchar), {{ lead_scoring.blank_characters() }}), '')
{%- endmacro %}

{# ASCII white space, no-break space, zero-width characters and the byte-order mark. #}
{% macro blank_characters() -%}
    {%- set codes = [9, 10, 11, 12, 13, 32, 160, 8203, 8204, 8205, 65279] -%}
    {%- for code in codes -%} chr({{ code }}){{ ' || ' if not loop.last }} {%- endfor -%}
{%- endmacro %}
