{# The columns of a staged input that a rule may name: [{'name': …, 'column': …}]. An input column
   that carries the name of a derived attribute takes its place. #}
{% macro lead_attribute_columns() -%}
    {%- set attributes = [
        {'name': 'lead_id', 'column': 'lead_id'},
        {'name': 'created_at', 'column': 'created_at_text'},
        {'name': 'updated_at', 'column': 'updated_at_text'},
    ] -%}
    {%- for name in lead_scoring.contract_columns('leads') -%}
        {%- do attributes.append({'name': name, 'column': name}) -%}
    {%- endfor -%}
    {%- set extra = lead_scoring.staged_columns(ref('stg_lead_scoring__leads'), 'extra__') -%}
    {%- set brought = extra | map(attribute='name') | list -%}
    {%- set derived = [
        'email_domain', 'is_free_email', 'is_disposable_email',
        'seniority', 'job_function', 'country_code', 'lead_age_days',
    ] -%}
    {%- for name in derived if name not in brought -%}
        {%- do attributes.append({'name': name, 'column': name}) -%}
    {%- endfor -%}
    {{ return(attributes + extra) }}
{%- endmacro %}

{% macro event_property_columns() -%}
    {%- set properties = [] -%}
    {%- for name in lead_scoring.contract_columns('events') -%}
        {%- do properties.append({'name': name, 'column': name}) -%}
    {%- endfor -%}
    {{ return(properties + lead_scoring.staged_columns(ref('stg_lead_scoring__events'), 'extra__')) }}
{%- endmacro %}

{# The columns of a staged input behind a prefix, under the names that they had before it. #}
{% macro staged_columns(relation, prefix) -%}
    {%- set found = [] -%}
    {%- for column in lead_scoring.input_columns(relation) if column.name.startswith(prefix) -%}
        {%- set name = column.name[prefix | length:] -%}
        {%- do found.append({
            'name': name,
            'column': column.quoted,
            'quoted': lead_scoring.quoted_name(column.label | default(column.name) | replace(prefix, '', 1)),
            'data_type': column.data_type,
            'label': column.label | default(column.name) | replace(prefix, '', 1),
        }) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# Any text as a literal. #}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'lead_scoring')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{# Where a backslash begins an escape. #}
{% macro snowflake__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "''") }}'
{%- endmacro %}

{# Here a doubled quote ends one literal and begins another. #}
{% macro bigquery__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}

{# Spark puts a setting in the place of ${its name}, in literals too. #}
{% macro spark__text_literal(text) -%}
    {{ lead_scoring.bigquery__text_literal(text) | replace("${", "\\u0024{") }}
{%- endmacro %}
