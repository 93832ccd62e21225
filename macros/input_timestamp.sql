{% macro input_timestamp(columns, name) -%}
    {%- set matching = columns | selectattr('name', 'equalto', name) | list -%}
    {%- if matching -%}
    {{ lead_scoring.utc_timestamp(matching[0].quoted, matching[0].data_type) }}
    {%- else -%}
    cast(null as {{ dbt.type_timestamp() }})
    {%- endif -%}
{%- endmacro %}
