{# The select list item that makes a row of each part of a list whose items stand between bars. #}
{% macro split_to_rows(expression) -%}
    {{ return(adapter.dispatch('split_to_rows', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro duckdb__split_to_rows(expression) -%}
    unnest(string_split({{ expression }}, '|'))
{%- endmacro %}

{% macro postgres__split_to_rows(expression) -%}
    unnest(string_to_array({{ expression }}, '|'))
{%- endmacro %}

{% macro spark__split_to_rows(expression) -%}
    explode(split({{ expression }}, '[|]'))
{%- endmacro %}
