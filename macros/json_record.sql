{% macro json_record(columns) -%}
    {{ return(adapter.dispatch('json_record', 'lead_scoring')(columns)) }}
{%- endmacro %}

{% macro duckdb__json_record(columns) -%}
{%- if columns -%}
    cast(to_json(struct_pack(
        {%- for column in columns %}
        {{ column.quoted }} := {{ column.expression | default(column.quoted) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )) as varchar)
{%- else -%}
    cast(null as varchar)
{%- endif -%}
{%- endmacro %}
