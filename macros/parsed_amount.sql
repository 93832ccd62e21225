{% macro parsed_amount(expression) -%}
    {{ return(adapter.dispatch('parsed_amount', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro duckdb__parsed_amount(expression) -%}
    case
        when {{ lead_scoring.is_number(expression) }} and abs(try_cast({{ expression }} as double)) < 1e18
            then try_cast({{ expression }} as decimal(38, 4))
    end
{%- endmacro %}
