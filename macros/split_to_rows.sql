{# What makes a row of each part of a list whose items stand between bars: the join, and the part. #}
{% macro split_to_rows(expression) -%}
    {{ return(adapter.dispatch('split_to_rows', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro duckdb__split_to_rows(expression) -%}
    {{ return({
        'join': "cross join unnest(string_split(" ~ expression ~ ", '|')) as parts (part)",
        'item': 'parts.part',
    }) }}
{%- endmacro %}

{% macro postgres__split_to_rows(expression) -%}
    {{ return({
        'join': "cross join unnest(string_to_array(" ~ expression ~ ", '|')) as parts (part)",
        'item': 'parts.part',
    }) }}
{%- endmacro %}

{% macro spark__split_to_rows(expression) -%}
    {{ return({
        'join': "lateral view explode(split(" ~ expression ~ ", '[|]')) parts as part",
        'item': 'parts.part',
    }) }}
{%- endmacro %}

{% macro snowflake__split_to_rows(expression) -%}
    {{ return({
        'join': "cross join lateral split_to_table(" ~ expression ~ ", '|') as parts",
        'item': 'parts.value',
    }) }}
{%- endmacro %}

{% macro bigquery__split_to_rows(expression) -%}
    {{ return({
        'join': "cross join unnest(split(" ~ expression ~ ", '|')) as part",
        'item': 'part',
    }) }}
{%- endmacro %}
