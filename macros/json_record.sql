{# A row as a JSON object without white space, nulls in it; null where there are no columns. #}
{% macro json_record(columns) -%}
    {%- if columns -%}
    {{ return(adapter.dispatch('json_record', 'lead_scoring')(columns)) }}
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__json_record(columns) -%}
    cast(to_json(struct_pack(
        {%- for column in columns %}
        {{ column.quoted }} := {{ column.expression | default(column.quoted) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )) as varchar)
{%- endmacro %}

{# json_build_object puts spaces around its colons, row_to_json does not. #}
{% macro postgres__json_record(columns) -%}
    (
        select cast(row_to_json(record) as text)
        from (
            select
                {%- for column in columns %}
                {{ column.expression | default(column.quoted) }} as {{ column.quoted }}{{ ',' if not loop.last }}
                {%- endfor %}
        ) as record
    )
{%- endmacro %}

{% macro spark__json_record(columns) -%}
    to_json(
        struct(
            {%- for column in columns %}
            {{ column.expression | default(column.quoted) }} as {{ column.quoted }}{{ ',' if not loop.last }}
            {%- endfor %}
        ),
        map('ignoreNullFields', 'false')
    )
{%- endmacro %}

{% macro snowflake__json_record(columns) -%}
    to_json(object_construct_keep_null(
        {%- for column in columns %}
        {{ lead_scoring.text_literal(column.label) }}, {{ column.expression | default(column.quoted) }}{{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}

{% macro bigquery__json_record(columns) -%}
    to_json_string(struct(
        {%- for column in columns %}
        {{ column.expression | default(column.quoted) }} as {{ column.quoted }}{{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
