{# An input column as trimmed text, null where the input has no such column. #}
{% macro input_text(columns, name) -%}
    {%- set matching = columns | selectattr('name', 'equalto', name) | list -%}
    {%- if matching -%}
    {{ lead_scoring.column_text(matching[0]) }}
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}

{# Whether input_text would be null; the text itself is not made for it. #}
{% macro input_is_blank(columns, name) -%}
    {%- set matching = columns | selectattr('name', 'equalto', name) | list -%}
    {%- if not matching -%}
    1 = 1
    {%- elif lead_scoring.is_text_type(matching[0].data_type | lower) -%}
    {{ lead_scoring.is_blank(matching[0].quoted) }}
    {%- else -%}
    {{ matching[0].quoted }} is null
    {%- endif -%}
{%- endmacro %}

{# The text of a typed column has nothing to trim. #}
{% macro column_text(column) -%}
    {%- if lead_scoring.is_text_type(column.data_type | lower) -%}
    {{ lead_scoring.trimmed(column.quoted) }}
    {%- else -%}
    cast({{ column.quoted }} as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}

{% macro is_text_type(kind) -%}
    {{ return(kind.startswith(('varchar', 'text', 'string', 'char', 'nvarchar'))) }}
{%- endmacro %}
