{# A decimal of the given scale, held between two limits, of which either may be null. #}
{% macro held_between(expression, minimum, maximum, scale) -%}
    cast(
        case
            when {{ expression }} < {{ minimum }} then {{ minimum }}
            when {{ expression }} > {{ maximum }} then {{ maximum }}
            else {{ expression }}
        end
        as {{ lead_scoring.type_decimal(38, scale) }}
    )
{%- endmacro %}
