{% macro input_columns(relation) -%}
    {#- Without a warehouse to look at (parsing, compiling elsewhere) an input has no columns. -#}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do found.append({
                'name': column.name | lower,
                'label': column.name,
                'quoted': lead_scoring.quoted_name(column.name),
                'data_type': column.dtype,
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
