{# Text in lower case, letter by letter: no letter becomes two, and a sigma is the same wherever it
   stands in a word. #}
{% macro lowered(expression) -%}
    {{ return(adapter.dispatch('lowered', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__lowered(expression) -%}
    lower(replace(replace({{ expression }}, 'İ', 'i'), 'Σ', 'σ'))
{%- endmacro %}

{% macro duckdb__lowered(expression) -%}
    lower({{ expression }})
{%- endmacro %}

{# What a database takes for letters depends on its collation, so one is named; the result is
   compared as the database compares. #}
{% macro postgres__lowered(expression) -%}
    (lower(replace(replace({{ expression }}, 'İ', 'i'), 'Σ', 'σ') collate "und-x-icu") collate "default")
{%- endmacro %}
