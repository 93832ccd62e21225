{# The run, as a text literal: when it started, and its number among those of that second. #}
{% macro run_id() -%}
    '{{ run_started_at.strftime("%Y%m%dT%H%M%SZ") }}-{{ invocation_id[:8] }}'
{%- endmacro %}
