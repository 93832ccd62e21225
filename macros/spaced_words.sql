{# The words of a text in lower case with one space between them; whatever is neither letter nor
   digit parts words. #}
{% macro spaced_words(expression) -%}
    {{ return(adapter.dispatch('spaced_words', 'lead_scoring')(expression)) }}
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

{# Patterns name no script's letters here, so the ranges that the scripts fill stand for them. #}
{% macro snowflake__spaced_words(expression) -%}
    {%- set letters = [
        'a-z0-9',
        '\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02c1',
        '\\u0370-\\u0374\\u0376-\\u037d\\u0386\\u0388-\\u0481\\u048a-\\u0559\\u0560-\\u0588',
        '\\u05d0-\\u05f2\\u0620-\\u0669\\u066e-\\u06d3\\u06d5-\\u1fff\\u2c00-\\u2dff',
        '\\u3041-\\ud7ff\\uf900-\\ufdff\\uff10-\\uff19\\uff21-\\uff3a\\uff41-\\uffdc',
    ] -%}
    trim(regexp_replace({{ lead_scoring.lowered(expression) }}, '[^{{ letters | join }}]+', ' '))
{%- endmacro %}
