{% macro utc_timestamp(expression, data_type) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'lead_scoring')(expression, data_type)) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(expression, data_type) -%}
{%- set kind = data_type | lower -%}
{%- if kind == 'varchar' -%}
    {#- The offset is taken off by hand: a cast to timestamp would drop it in silence. It is found
        by its sign, since to extract it by a pattern costs more than all the rest. -#}
    {%- set text = lead_scoring.trimmed(expression) -%}
    {%- set clock = "substr(" ~ text ~ ", 11)" -%}
    {%- set sign_at = "greatest(strpos(" ~ clock ~ ", '+'), strpos(" ~ clock ~ ", '-'))" -%}
    {%- set offset = "replace(substr(" ~ clock ~ ", " ~ sign_at ~ "), ':', '')" -%}
    case
        when {{ lead_scoring.matches_pattern(text, "'" ~ lead_scoring.timestamp_pattern() ~ "'") }}
            then
                try_cast(
                    case
                        when left({{ clock }}, 1) not in ('T', ' ') then left({{ text }}, 10)
                        when {{ sign_at }} > 0 then left({{ text }}, 9 + {{ sign_at }})
                        else {{ text }}
                    end as timestamp
                )
                - case
                    when {{ sign_at }} > 0
                        then to_minutes(
                            cast(left({{ offset }}, 1) || '1' as integer)
                            * (
                                cast(substr({{ offset }}, 2, 2) as integer) * 60
                                + cast('0' || substr({{ offset }}, 4, 2) as integer)
                            )
                        )
                    else to_minutes(0)
                end
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
