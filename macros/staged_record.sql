{# The whole input row as JSON, from the untouched columns that a staged input carries along. It is
   written where rows are few, since making it for every event costs more than scoring them. #}
{% macro staged_record(columns) -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {%- do values.append({'label': column.label, 'quoted': column.quoted, 'expression': column.column}) -%}
    {%- endfor -%}
    {{ lead_scoring.json_record(values) }}
{%- endmacro %}
