{# How the past is read: `restated`, what is known now about a day, or `as_known`, what was known by
   the end of it. #}
{% macro is_as_known() -%}
    {%- set basis = var('lead_scoring__basis', 'restated') -%}
    {%- if basis not in ('restated', 'as_known') -%}
        {{ exceptions.raise_compiler_error('The variable lead_scoring__basis is restated or as_known.') }}
    {%- endif -%}
    {{ return(basis == 'as_known') }}
{%- endmacro %}

{# The condition that an event was known on a scoring date; always true where the past is restated. #}
{% macro was_known(events, as_of_date) -%}
    {%- if lead_scoring.is_as_known() -%}
    {{ events }}.known_from <= {{ as_of_date }}
    and coalesce({{ events }}.known_until > {{ as_of_date }}, true)
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{# The day from which an event was known, not before it happened. #}
{% macro known_from(event_date, loaded_at) -%}
    case
        when cast({{ loaded_at }} as date) > {{ event_date }} then cast({{ loaded_at }} as date)
        else {{ event_date }}
    end
{%- endmacro %}
