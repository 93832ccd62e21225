{# An input column as trimmed text, null where the input has no such column. #}
{% macro input_text(columns, name) -%}
    {%- set matching = columns | selectattr('name', 'equalto', name) | list -%}
    {%- if matching -%}
    {{ lead_scoring.column_text(matching[0]) }}
    {%- else -%}
    cast(null as varchar)
    {%- endif -%}
{%- endmacro %}

{# The text of a typed column has nothing to trim. #}
{% macro column_text(column) -%}
    {%- if column.data_type | lower in ('varchar', 'text', 'string', 'character varying') -%}
    {{ lead_scoring.trimmed(column.quoted) }}
    {%- else -%}
    cast({{ column.quoted }} as varchar)
    {%- endif -%}
{%- endmacro %}
