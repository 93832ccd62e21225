{# The words of a text in lower case with one space between them; whatever is neither letter nor
   digit parts words. #}
{% macro spaced_words(expression) -%}
    {{ return(adapter.dispatch('spaced_words', 'lead_scoring')(expression)) }}
{%- endmacro %}

{# Without a word for each script's letters, POSIX classes are the nearest. #}
{% macro default__spaced_words(expression) -%}
    trim(regexp_replace({{ lead_scoring.lowered(expression) }}, '[^[:alnum:]]+', ' '))
{%- endmacro %}

{% macro duckdb__spaced_words(expression) -%}
    trim(regexp_replace({{ lead_scoring.lowered(expression) }}, '[^\p{L}\p{Nd}]+', ' ', 'g'))
{%- endmacro %}

{% macro postgres__spaced_words(expression) -%}
    trim(regexp_replace({{ lead_scoring.lowered(expression) }} collate "und-x-icu", '[^[:alnum:]]+', ' ', 'g') collate "default")
{%- endmacro %}

{% macro spark__spaced_words(expression) -%}
    trim(regexp_replace({{ lead_scoring.lowered(expression) }}, '[^\\p{L}\\p{Nd}]+', ' '))
{%- endmacro %}

{% macro bigquery__spaced_words(expression) -%}
    trim(regexp_replace({{ lead_scoring.lowered(expression) }}, r'[^\p{L}\p{Nd}]+', ' '))
{%- endmacro %}
