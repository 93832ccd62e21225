{# An input column as a timestamp in UTC, null where it is none or its year is outside 1900 to 2200. #}
{% macro utc_timestamp(expression, data_type) -%}
{%- set kind = data_type | lower -%}
{%- if lead_scoring.is_text_type(kind) -%}
    {{ lead_scoring.parsed_timestamp(expression) }}
{%- elif kind.startswith(('date', 'timestamp')) -%}
    {%- set moment = lead_scoring.utc_moment(expression, kind) -%}
    case
        when
            {{ moment }} >= cast('1900-01-01' as {{ dbt.type_timestamp() }})
            and {{ moment }} < cast('2201-01-01' as {{ dbt.type_timestamp() }})
            then cast({{ moment }} as {{ dbt.type_timestamp() }})
    end
{%- else -%}
    cast(null as {{ dbt.type_timestamp() }})
{%- endif -%}
{%- endmacro %}

{# A typed timestamp of the given type as UTC. #}
{% macro utc_moment(expression, kind) -%}
    {{ return(adapter.dispatch('utc_moment', 'lead_scoring')(expression, kind)) }}
{%- endmacro %}

{% macro default__utc_moment(expression, kind) -%}
    {{ expression }}
    {%- if 'with time zone' in kind %} at time zone 'UTC'{% endif %}
{%- endmacro %}

{# The session's time zone is UTC; only a timestamp without a zone is of another type. #}
{% macro spark__utc_moment(expression, kind) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}

{% macro snowflake__utc_moment(expression, kind) -%}
    {%- if kind.startswith(('timestamp_tz', 'timestamp_ltz')) -%}
    cast(convert_timezone('UTC', {{ expression }}) as {{ dbt.type_timestamp() }})
    {%- else -%}
    {{ expression }}
    {%- endif -%}
{%- endmacro %}

{% macro bigquery__utc_moment(expression, kind) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}

{# Text as a timestamp in UTC. #}
{% macro parsed_timestamp(expression) -%}
    {{ return(adapter.dispatch('parsed_timestamp', 'lead_scoring')(expression)) }}
{%- endmacro %}

{# Its parts are found by their places, since to extract them by a pattern
   costs more than all the rest, and no cast is tried that could fail: engines differ in what they
   do with an offset, a fraction of many digits or a 30th of February. #}
{% macro default__parsed_timestamp(expression) -%}
    {%- set text = lead_scoring.trimmed(expression) -%}
    {%- set tail = "substr(" ~ text ~ ", 11)" -%}
    {%- set sign_at = "greatest(" ~ dbt.position("'+'", tail) ~ ", " ~ dbt.position("'-'", tail) ~ ")" -%}
    {%- set offset = "replace(substr(" ~ tail ~ ", " ~ sign_at ~ "), ':', '')" -%}
    {%- set clock -%}
        substr(case when {{ sign_at }} > 0 then left({{ tail }}, {{ sign_at }} - 1) else replace({{ tail }}, 'Z', '') end, 2, 15)
    {%- endset -%}
    {%- set moment -%}
        cast(
            left({{ text }}, 10) || ' '
            || case length({{ clock }}) when 0 then '00:00:00' when 5 then {{ clock }} || ':00' else {{ clock }} end
            as {{ dbt.type_timestamp() }}
        )
    {%- endset -%}
    case
        when not {{ lead_scoring.matches_pattern(text, "'" ~ lead_scoring.timestamp_pattern() ~ "'") }} then null
        when
            substr({{ text }}, 6, 5) in ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31')
            or (
                substr({{ text }}, 6, 5) = '02-29'
                and (
                    mod(cast(left({{ text }}, 4) as integer), 4) != 0
                    or left({{ text }}, 4) in ('1900', '2100', '2200')
                )
            )
            then null
        when {{ sign_at }} > 0
            then
                {{
                    lead_scoring.minutes_later(
                        moment,
                        "-1 * cast(left(" ~ offset ~ ", 1) || '1' as integer) * ("
                        ~ "cast(substr(" ~ offset ~ ", 2, 2) as integer) * 60 "
                        ~ "+ cast('0' || substr(" ~ offset ~ ", 4, 2) as integer))",
                    )
                }}
        else {{ moment }}
    end
{%- endmacro %}

{# To find the parts by their places takes many calls, which Spark compiles for longer than it runs them. #}
{% macro spark__parsed_timestamp(expression) -%}
    {%- set text = lead_scoring.trimmed(expression) -%}
    {%- set moment -%}
        try_cast(
            concat(left({{ text }}, 10), ' ', coalesce(nullif(regexp_extract({{ text }}, '[T ]([0-9:.]+)', 1), ''), '00:00'))
            as {{ dbt.type_timestamp() }}
        )
    {%- endset -%}
    {%- set parts = [] -%}
    {%- for group in [1, 2, 3] -%}
        {%- do parts.append(
            "regexp_extract(" ~ text ~ ", '^.{10}[^+-]*([+-])([0-9]{2}):?([0-9]{2})?$', " ~ group ~ ")"
        ) -%}
    {%- endfor -%}
    case
        when not {{ lead_scoring.matches_pattern(text, "'" ~ lead_scoring.timestamp_pattern() ~ "'") }} then null
        when {{ lead_scoring.matches_pattern("substr(" ~ text ~ ", 11)", "'[+-]'") }}
            then
                {{
                    lead_scoring.minutes_later(
                        moment,
                        "-60 * cast(concat(" ~ parts[0] ~ ", " ~ parts[1] ~ ") as integer) "
                        ~ "- cast(concat(" ~ parts[0] ~ ", '0', " ~ parts[2] ~ ") as integer)",
                    )
                }}
        else {{ moment }}
    end
{%- endmacro %}

{% macro minutes_later(moment, minutes) -%}
    {{ return(adapter.dispatch('minutes_later', 'lead_scoring')(moment, minutes)) }}
{%- endmacro %}

{% macro default__minutes_later(moment, minutes) -%}
    {{ dbt.dateadd('minute', minutes, moment) }}
{%- endmacro %}

{# dbt's own macro drops the fraction of a second here. #}
{% macro spark__minutes_later(moment, minutes) -%}
    timestampadd(minute, {{ minutes }}, {{ moment }})
{%- endmacro %}

{# dbt's own macro makes a datetime of it here. #}
{% macro bigquery__minutes_later(moment, minutes) -%}
    timestamp_add({{ moment }}, interval {{ minutes }} minute)
{%- endmacro %}

{# The one form of text that is a timestamp: a date, a time if wanted, an offset if wanted. #}
{% macro timestamp_pattern() -%}
    {%- set day = '(19[0-9]{2}|20[0-9]{2}|21[0-9]{2}|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set offset = 'Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?' -%}
    {{- '^' ~ day ~ '([T ]' ~ clock ~ ')?(' ~ offset ~ ')?$' -}}
{%- endmacro %}
