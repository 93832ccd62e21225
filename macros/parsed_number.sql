{# A text as a double, null where it is no number; too large a number is infinite. #}
{% macro parsed_number(expression) -%}
    {{ return(adapter.dispatch('parsed_number', 'lead_scoring')(expression)) }}
{%- endmacro %}

{% macro default__parsed_number(expression) -%}
    case when {{ lead_scoring.is_number(expression) }} then try_cast({{ expression }} as {{ lead_scoring.type_double() }}) end
{%- endmacro %}

{% macro snowflake__parsed_number(expression) -%}
    case
        when {{ lead_scoring.is_number(expression) }}
            then coalesce(
                try_cast({{ expression }} as {{ lead_scoring.type_double() }}),
                {{ lead_scoring.limit_of_doubles(expression) }}
            )
    end
{%- endmacro %}

{% macro bigquery__parsed_number(expression) -%}
    case
        when {{ lead_scoring.is_number(expression) }}
            then coalesce(
                safe_cast({{ expression }} as {{ lead_scoring.type_double() }}),
                {{ lead_scoring.limit_of_doubles(expression) }}
            )
    end
{%- endmacro %}

{# The double nearest to a number that does not fit one. #}
{% macro limit_of_doubles(expression) -%}
    case
        when {{ lead_scoring.matches_pattern(expression, "'[eE]-'") }} then 0
        when {{ expression }} like '-%' then cast('-inf' as {{ lead_scoring.type_double() }})
        else cast('inf' as {{ lead_scoring.type_double() }})
    end
{%- endmacro %}

{# A cast fails where a number is too large or too small for the type, so it goes by way of a type
   that holds three digits of exponent; the longest that a text may be is that type's limit too. #}
{% macro postgres__parsed_number(expression) -%}
    case
        when not {{ lead_scoring.is_number(expression) }} then null
        when {{ lead_scoring.is_long_number(expression) }}
            then case
                when {{ lead_scoring.matches_pattern(expression, "'[eE]-'") }} then 0
                when {{ expression }} like '-%' then cast('-Infinity' as double precision)
                else cast('Infinity' as double precision)
            end
        when abs(cast({{ expression }} as numeric)) > 1.797693134862315e308
            then sign(cast({{ expression }} as numeric)) * cast('Infinity' as double precision)
        when abs(cast({{ expression }} as numeric)) < 1e-307 then 0
        else cast({{ expression }} as double precision)
    end
{%- endmacro %}

{# A number that no type is sure to hold: of more than three digits of exponent, or very long. #}
{% macro is_long_number(expression) -%}
    (length({{ expression }}) > 1000 or {{ lead_scoring.matches_pattern(expression, "'[eE][+-]?[0-9]{4}'") }})
{%- endmacro %}
