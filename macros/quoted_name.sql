{# A column's name, whatever characters are in it, as an identifier. #}
{% macro quoted_name(name) -%}
    {{ return(adapter.dispatch('quoted_name', 'lead_scoring')(name)) }}
{%- endmacro %}

{% macro default__quoted_name(name) -%}
    {{ return(adapter.quote(name | replace('"', '""'))) }}
{%- endmacro %}

{% macro spark__quoted_name(name) -%}
    {{ return(adapter.quote(name | replace('`', '``'))) }}
{%- endmacro %}

{# A name holds no backtick here. #}
{% macro bigquery__quoted_name(name) -%}
    {{ return(adapter.quote(name)) }}
{%- endmacro %}
