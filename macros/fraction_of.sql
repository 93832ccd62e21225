{# A fraction, up to 1, of a decimal figure, with all decimals of both. #}
{% macro fraction_of(figure, fraction, scale) -%}
    {{ return(adapter.dispatch('fraction_of', 'lead_scoring')(figure, fraction, scale)) }}
{%- endmacro %}

{% macro default__fraction_of(figure, fraction, scale) -%}
    {{ figure }} * {{ fraction }}
{%- endmacro %}

{# A product has 12 decimals here, or as many as the factor that has more. #}
{% macro snowflake__fraction_of(figure, fraction, scale) -%}
    {{ figure }} * cast({{ fraction }} as {{ lead_scoring.type_decimal(scale + 1, scale) }})
{%- endmacro %}
