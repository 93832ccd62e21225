{% macro trimmed(expression) -%}
    {{ return(adapter.dispatch('trimmed', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__trimmed(expression) -%}
    nullif(trim(both {{ lead_scoring.blank_characters() }} from cast({{ expression }} as varchar)), '')
{%- endmacro %}

{# To strip a set of characters is slow, and few texts need it: those that begin or end with
   something other than visible ASCII. #}
{% macro duckdb__trimmed(expression) -%}
    {%- set text = 'cast(' ~ expression ~ ' as varchar)' -%}
    case
        when {{ text }} < '!' or left({{ text }}, 1) > '~' or right({{ text }}, 1) < '!' or right({{ text }}, 1) > '~'
            then nullif(trim({{ text }}, {{ lead_scoring.blank_characters() }}), '')
        else {{ text }}
    end
{%- endmacro %}

{# ASCII white space, no-break space, zero-width characters and the byte-order mark. #}
{% macro blank_characters() -%}
    {%- set codes = [9, 10, 11, 12, 13, 32, 160, 8203, 8204, 8205, 65279] -%}
    {%- for code in codes -%} chr({{ code }}){{ ' || ' if not loop.last }} {%- endfor -%}
{%- endmacro %}
