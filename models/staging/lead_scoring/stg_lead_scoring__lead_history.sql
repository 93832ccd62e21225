{%- set history = source('lead_scoring', 'lead_history') -%}
{%- set columns = lead_scoring.optional_input_columns(history, 'lead_scoring__lead_history_identifier') -%}
{#- A snapshot of dbt has names of its own for the two. -#}
{%- set names = columns | map(attribute='name') | list -%}
{%- set valid_from = 'valid_from' if 'valid_from' in names else 'dbt_valid_from' -%}
{%- set valid_to = 'valid_to' if 'valid_to' in names else 'dbt_valid_to' -%}
with

{% if columns -%}
lead_history as (

    select * from {{ history }}

),
{%- else -%}
nobody as (

    select cast(null as {{ dbt.type_string() }}) as lead_id

),

lead_history as (

    select * from nobody
    where 1 = 0

),
{%- endif %}

typed as (

    select
        {{ lead_scoring.input_text(columns, 'lead_id') }} as lead_id,
        {{ lead_scoring.input_timestamp(columns, valid_from) }} as valid_from,
        {{ lead_scoring.input_timestamp(columns, valid_to) }} as valid_to,
        {{ lead_scoring.input_text(columns, valid_to) }} as valid_to_text,
        {%- for name in lead_scoring.contract_columns('leads') if name in names %}
        {{ lead_scoring.input_text(columns, name) }} as {{ name }},
        {%- endfor %}
        {%- if 'updated_at' in names %}
        {{ lead_scoring.input_text(columns, 'updated_at') }} as updated_at_text,
        {%- endif %}
        {%- for column in lead_scoring.extra_columns(columns, 'leads') if column.name not in (valid_from, valid_to) %}
        {{ lead_scoring.column_text(column) }} as {{ column.alias }},
        {%- endfor %}
        {{ lead_scoring.json_record(columns) }} as raw_record
    from lead_history

),

-- Many a history says of a version that still holds that it ends in the year 9999, which as text is no
-- timestamp. Whether the lead is known and the version a duplicate is decided later, over all rows.
final as (

    select
        typed.*,
        case
            when typed.lead_id is null then 'missing_lead_id'
            when typed.valid_from is null then 'invalid_valid_from'
            when typed.valid_to is null and typed.valid_to_text not like '9999-%' then 'invalid_valid_to'
        end as rejection_reason
    from typed

)

select * from final
