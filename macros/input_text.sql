{% macro input_text(columns, name) -%}
    {%- set matching = columns | selectattr('name', 'equalto', name) | list -%}
    {%- if matching -%}
    {{ lead_scoring.trimmed(matching[0].quoted) }}
    {%- else -%}
    cast(null as varchar)
    {%- endif -%}
{%- endmacro %}
