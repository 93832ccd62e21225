{# Text without white space at its ends, null where nothing is left. #}
{% macro trimmed(expression) -%}
    {{ return(adapter.dispatch('trimmed', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__trimmed(expression) -%}
    nullif(
        trim(both {{ lead_scoring.blank_characters() }} from cast({{ expression }} as {{ dbt.type_string() }})), ''
    )
{%- endmacro %}

{# To strip a set of characters is slow, and few texts need it: those that begin or end with
   something other than visible ASCII. #}
{% macro duckdb__trimmed(expression) -%}
    {%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    case
        when {{ text }} not between '!' and chr(127) or ({{ text }})[-1] not between '!' and '~'
            then nullif(trim({{ text }}, {{ lead_scoring.blank_characters() }}), '')
        else {{ text }}
    end
{%- endmacro %}

{% macro snowflake__trimmed(expression) -%}
    nullif(trim(cast({{ expression }} as {{ dbt.type_string() }}), {{ lead_scoring.blank_characters() }}), '')
{%- endmacro %}

{% macro bigquery__trimmed(expression) -%}
    nullif(trim(cast({{ expression }} as {{ dbt.type_string() }}), {{ lead_scoring.blank_characters() }}), '')
{%- endmacro %}

{# Whether nothing would be left of a text that is trimmed. #}
{% macro is_blank(expression) -%}
    {{ return(adapter.dispatch('is_blank', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__is_blank(expression) -%}
    {{ lead_scoring.trimmed(expression) }} is null
{%- endmacro %}

{# Most texts tell by their first character. #}
{% macro duckdb__is_blank(expression) -%}
    {%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    (
        {{ text }} is null
        or (
            {{ text }} not between '!' and chr(127)
            and nullif(trim({{ text }}, {{ lead_scoring.blank_characters() }}), '') is null
        )
    )
{%- endmacro %}

{# ASCII white space, no-break space, zero-width characters and the byte-order mark. #}
{% macro blank_characters() -%}
    {{ return(adapter.dispatch('blank_characters', 'lead_scoring')()) }}
{%- endmacro %}

{% macro default__blank_characters() -%}
    '\u0009\u000a\u000b\u000c\u000d \u00a0\u200b\u200c\u200d\ufeff'
{%- endmacro %}

{% macro duckdb__blank_characters() -%}
    {{ lead_scoring.blank_characters_by_code() }}
{%- endmacro %}

{% macro postgres__blank_characters() -%}
    {{ lead_scoring.blank_characters_by_code() }}
{%- endmacro %}

{# For engines whose text literals know no escapes. #}
{% macro blank_characters_by_code() -%}
    {%- set codes = [9, 10, 11, 12, 13, 32, 160, 8203, 8204, 8205, 65279] -%}
    {%- for code in codes -%} chr({{ code }}){{ ' || ' if not loop.last }} {%- endfor -%}
{%- endmacro %}
