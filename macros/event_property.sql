{# The property of an event that a rule names in a column, as text; the empty text stands for null. #}
{% macro event_property(name_expression, events, properties) -%}
    coalesce(
        case {{ name_expression }}
            when 'event_type' then {{ events }}.event_type
            when 'lead_id' then {{ events }}.lead_id
            {%- for property in properties %}
            when {{ lead_scoring.text_literal(property.name) }} then {{ events }}.{{ property.column }}
            {%- endfor %}
        end,
        ''
    )
{%- endmacro %}
