{# Whether a regular expression is found anywhere in a text. #}
{% macro matches_pattern(expression, pattern) -%}
    {{ return(adapter.dispatch('matches_pattern', 'lead_scoring')(expression, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches_pattern(expression, pattern) -%}
    regexp_matches({{ expression }}, {{ pattern }})
{%- endmacro %}

{% macro postgres__matches_pattern(expression, pattern) -%}
    {{ expression }} ~ {{ pattern }}
{%- endmacro %}

{# Only a line feed ends a line elsewhere; without the flag other characters do so here. #}
{% macro spark__matches_pattern(expression, pattern) -%}
    {{ expression }} rlike ('(?d)' || {{ pattern }})
{%- endmacro %}

{# Here `rlike` asks for a match of the whole text. #}
{% macro snowflake__matches_pattern(expression, pattern) -%}
    regexp_instr({{ expression }}, {{ pattern }}) > 0
{%- endmacro %}

{% macro bigquery__matches_pattern(expression, pattern) -%}
    regexp_contains({{ expression }}, {{ pattern }})
{%- endmacro %}
