{%- set columns = lead_scoring.input_columns(source('lead_scoring', 'leads')) -%}
{%- set extra_columns = lead_scoring.extra_columns(columns, 'leads') -%}
-- All tables stand on this one, so that a test of the scoring seeds that fails stops every one of them.
-- depends_on: {{ ref('lead_scoring__models') }}
-- depends_on: {{ ref('lead_scoring__groups') }}
-- depends_on: {{ ref('lead_scoring__criteria') }}
-- depends_on: {{ ref('lead_scoring__decay_policies') }}
-- depends_on: {{ ref('lead_scoring__bands') }}
-- depends_on: {{ ref('lead_scoring__stages') }}
-- depends_on: {{ ref('lead_scoring__exclusions') }}
-- depends_on: {{ ref('lead_scoring__actions') }}
-- depends_on: {{ ref('lead_scoring__conversion_model') }}
with

leads as (

    select * from {{ source('lead_scoring', 'leads') }}

),

typed as (

    select
        {{ lead_scoring.input_text(columns, 'lead_id') }} as lead_id,
        {{ lead_scoring.input_timestamp(columns, 'created_at') }} as created_at,
        {{ lead_scoring.input_timestamp(columns, 'updated_at') }} as updated_at,
        {{ lead_scoring.input_text(columns, 'created_at') }} as created_at_text,
        {{ lead_scoring.input_text(columns, 'updated_at') }} as updated_at_text,
        {%- for name in lead_scoring.contract_columns('leads') %}
        {{ lead_scoring.input_text(columns, name) }} as {{ name }},
        {%- endfor %}
        {%- for column in extra_columns %}
        {{ lead_scoring.column_text(column) }} as {{ column.alias }},
        {%- endfor %}
        {{ lead_scoring.json_record(columns) }} as raw_record
    from leads

),

repeated_ids as (

    select typed.lead_id
    from typed
    where typed.lead_id is not null
    group by typed.lead_id
    having count(*) > 1

),

repeated as (

    select
        typed.*,
        row_number() over (
            partition by typed.lead_id
            order by
                typed.updated_at desc nulls last,
                typed.created_at desc nulls last,
                {{ lead_scoring.in_byte_order("coalesce(typed.created_at_text, '')") }} asc,
                {{ lead_scoring.in_byte_order("coalesce(typed.updated_at_text, '')") }} asc,
                {%- for name in lead_scoring.contract_columns('leads') %}
                {{ lead_scoring.in_byte_order("coalesce(typed." ~ name ~ ", '')") }} asc,
                {%- endfor %}
                {{ lead_scoring.in_byte_order('typed.raw_record') }} asc
        ) as copy_number
    from typed
    inner join repeated_ids on typed.lead_id = repeated_ids.lead_id

),

single as (

    select
        typed.*,
        1 as copy_number
    from typed
    left join repeated_ids on typed.lead_id = repeated_ids.lead_id
    where repeated_ids.lead_id is null

),

all_rows as (

    select * from repeated
    union all
    select * from single

),

checked as (

    select
        all_rows.*,
        case
            when all_rows.lead_id is null then 'missing_lead_id'
            when all_rows.copy_number > 1 then 'duplicate_lead_id'
        end as rejection_reason
    from all_rows

),

final as (

    select
        checked.lead_id,
        checked.created_at,
        checked.updated_at,
        checked.created_at_text,
        checked.updated_at_text,
        {%- for name in lead_scoring.contract_columns('leads') %}
        checked.{{ name }},
        {%- endfor %}
        {%- for column in extra_columns %}
        checked.{{ column.alias }},
        {%- endfor %}
        checked.created_at is null and checked.created_at_text is not null as is_created_at_invalid,
        checked.rejection_reason,
        case when checked.rejection_reason is not null then checked.raw_record end as raw_record
    from checked

)

select * from final
