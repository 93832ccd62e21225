{%- set history_columns = lead_scoring.input_columns(ref('stg_lead_scoring__lead_history')) -%}
{%- set kept = history_columns | map(attribute='name') | list -%}
{%- set extra_columns = lead_scoring.staged_columns(ref('stg_lead_scoring__leads'), 'extra__') -%}
-- What a lead was like, and from which day to which. A version ends where the next one begins, at the
-- latest. What the history has no column for is as the lead has it now.
with

lead_history as (

    select * from {{ ref('stg_lead_scoring__lead_history') }}

),

leads as (

    select * from {{ ref('int_lead_scoring__leads') }}

),

job_titles as (

    select * from {{ ref('int_lead_scoring__job_titles') }}

),

free_email_domains as (

    select * from {{ ref('lead_scoring__free_email_domains') }}

),

disposable_email_domains as (

    select * from {{ ref('lead_scoring__disposable_email_domains') }}

),

country_names as (

    select * from {{ ref('lead_scoring__country_names') }}

),

checked as (

    select
        lead_history.lead_id,
        lead_history.valid_from,
        lead_history.valid_to,
        leads.created_at_text,
        {%- for name in ['updated_at_text'] + lead_scoring.contract_columns('leads') %}
        {{ 'lead_history' if name in kept else 'leads' }}.{{ name }},
        {%- endfor %}
        {%- for column in extra_columns %}
        {{ 'lead_history' if 'extra__' ~ column.name in kept else 'leads' }}.{{ column.column }},
        {%- endfor %}
        lead_history.raw_record,
        case
            when lead_history.rejection_reason is not null then lead_history.rejection_reason
            when leads.lead_id is null then 'unknown_lead'
        end as reason_of_row
    from lead_history
    left join leads on lead_history.lead_id = leads.lead_id

),

numbered as (

    select
        checked.*,
        row_number() over (
            partition by checked.reason_of_row, checked.lead_id, checked.valid_from
            order by
                checked.valid_to desc nulls first,
                {{ lead_scoring.in_byte_order('checked.raw_record') }} asc
        ) as copy_number
    from checked

),

judged as (

    select
        numbered.*,
        case
            when numbered.reason_of_row is not null then numbered.reason_of_row
            when numbered.copy_number > 1 then 'duplicate_version'
        end as rejection_reason
    from numbered

),

followed as (

    select
        judged.*,
        cast(judged.valid_from as date) as holds_from,
        cast(judged.valid_to as date) as ends_on,
        cast(
            lead(judged.valid_from) over (
                partition by judged.rejection_reason, judged.lead_id
                order by judged.valid_from asc
            ) as date
        ) as next_from
    from judged

),

versions as (

    select
        followed.lead_id,
        followed.valid_from,
        followed.holds_from,
        case
            when followed.next_from <= coalesce(followed.ends_on, followed.next_from) then followed.next_from
            else followed.ends_on
        end as holds_until,
        followed.created_at_text,
        {%- for name in ['updated_at_text'] + lead_scoring.contract_columns('leads') %}
        followed.{{ name }},
        {%- endfor %}
        {%- for column in extra_columns %}
        followed.{{ column.column }},
        {%- endfor %}
        followed.rejection_reason,
        case when followed.rejection_reason is not null then followed.raw_record end as raw_record
    from followed

),

{{ lead_scoring.derived_attributes('versions') }}

select * from derived
