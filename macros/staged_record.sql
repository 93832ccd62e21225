{# The whole input row as JSON, from the untouched columns that a staged input carries along. It is
   written where rows are few, since making it for every event costs more than scoring them. #}
{% macro staged_record(relation, alias) -%}
    {%- set columns = [] -%}
    {%- for column in lead_scoring.staged_columns(relation, 'raw__') -%}
        {%- do columns.append({'quoted': column.quoted, 'expression': alias ~ '.' ~ column.column}) -%}
    {%- endfor -%}
    {{ lead_scoring.json_record(columns) }}
{%- endmacro %}
