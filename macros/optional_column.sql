{# A column of a seed that a package's user may not have: null where the seed came without it. #}
{% macro optional_column(columns, seed, name, data_type) -%}
    {%- if name in columns | map(attribute='name') -%}
        cast({{ seed }}.{{ name }} as {{ data_type }})
    {%- else -%}
        cast(null as {{ data_type }})
    {%- endif -%}
{%- endmacro %}
