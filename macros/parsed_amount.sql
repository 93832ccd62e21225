{# A text as a decimal of 4 places, null where it is no number or too large to be summed. #}
{% macro parsed_amount(expression) -%}
    {{ return(adapter.dispatch('parsed_amount', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__parsed_amount(expression) -%}
    case
        when
            {{ lead_scoring.is_number(expression) }}
            and abs(try_cast({{ expression }} as {{ lead_scoring.type_double() }})) < 1e18
            then try_cast({{ expression }} as {{ lead_scoring.type_decimal(38, 4) }})
    end
{%- endmacro %}

{% macro postgres__parsed_amount(expression) -%}
    case
        when {{ lead_scoring.is_number(expression) }} and abs({{ lead_scoring.parsed_number(expression) }}) < 1e18
            then case
                when {{ lead_scoring.is_long_number(expression) }} then 0
                else cast({{ expression }} as {{ lead_scoring.type_decimal(38, 4) }})
            end
    end
{%- endmacro %}

{% macro bigquery__parsed_amount(expression) -%}
    case
        when
            {{ lead_scoring.is_number(expression) }}
            and abs(safe_cast({{ expression }} as {{ lead_scoring.type_double() }})) < 1e18
            then safe_cast({{ expression }} as {{ lead_scoring.type_decimal(38, 4) }})
    end
{%- endmacro %}
