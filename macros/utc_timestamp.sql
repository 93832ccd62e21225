{% macro utc_timestamp(expression, data_type) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'lead_scoring')(expression, data_type)) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(expression, data_type) -%}
{%- set kind = data_type | lower -%}
{%- if kind == 'varchar' -%}
    {#- The offset is taken off by hand: a cast to timestamp would drop it in silence. -#}
    {%- set text = lead_scoring.trimmed(expression) -%}
    {%- set clock = "regexp_extract(" ~ text ~ ", '^.{10}[T ](..:..(:..([.][0-9]{1,6})?)?)', 1)" -%}
    {%- set offset = "replace(regexp_extract(" ~ text ~ ", '^.{10}.*([+-][0-9]{2}(:?[0-9]{2})?)$', 1), ':', '')" -%}
    case
        when {{ lead_scoring.matches_pattern(text, "'" ~ lead_scoring.timestamp_pattern() ~ "'") }}
            then
                try_cast(left({{ text }}, 10) || ' ' || coalesce(nullif({{ clock }}, ''), '00:00') as timestamp)
                - to_minutes(
                    coalesce(try_cast(left({{ offset }}, 1) || '1' as integer), 0)
                    * (
                        coalesce(try_cast(substr({{ offset }}, 2, 2) as integer), 0) * 60
                        + coalesce(try_cast(substr({{ offset }}, 4, 2) as integer), 0)
                    )
                )
    end
{%- elif kind == 'date' or kind.startswith('timestamp') -%}
    {%- set moment = expression ~ (" at time zone 'UTC'" if 'time zone' in kind else '') -%}
    case
        when
            {{ moment }} >= cast('1900-01-01' as timestamp)
            and {{ moment }} < cast('2201-01-01' as timestamp)
            then cast({{ moment }} as timestamp)
    end
{%- else -%}
    cast(null as timestamp)
{%- endif -%}
{%- endmacro %}

{# The one form of text that is a timestamp: a date, a time if wanted, an offset if wanted. #}
{% macro timestamp_pattern() -%}
    {%- set day = '(19[0-9]{2}|20[0-9]{2}|21[0-9]{2}|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set offset = 'Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?' -%}
    {{- '^' ~ day ~ '([T ]' ~ clock ~ ')?(' ~ offset ~ ')?$' -}}
{%- endmacro %}
