{{ config(materialized='view') }}

{%- set properties = lead_scoring.event_property_columns() -%}
-- What happened, by day: the events that came once, and of those that came more often the copy that is
-- kept; where the past is read as it was known, also those that were kept until a better one came.
with

event_days as (

    select * from {{ ref('int_lead_scoring__event_days') }}

),

duplicates as (

    select * from {{ ref('int_lead_scoring__event_duplicates') }}
    where {{ 'known_until is null or known_from < known_until' if lead_scoring.is_as_known() else 'copy_number = 1' }}

),

event_filters as (

    select * from {{ ref('int_lead_scoring__event_filters') }}

),

filter_matches as (

    select * from {{ ref('int_lead_scoring__filter_matches') }}

),

kept as (

    select
        '' as filter_key,
        duplicates.lead_id,
        duplicates.event_type,
        duplicates.event_date,
        duplicates.value,
        duplicates.known_from,
        duplicates.known_until
    from duplicates

    union all

    select
        event_filters.filter_key,
        duplicates.lead_id,
        duplicates.event_type,
        duplicates.event_date,
        duplicates.value,
        duplicates.known_from,
        duplicates.known_until
    from duplicates
    inner join event_filters
        on duplicates.event_type = event_filters.event_type or event_filters.event_type = '*'
    inner join filter_matches
        on
            event_filters.condition_id = filter_matches.condition_id
            and {{ lead_scoring.event_property('event_filters.filter_property', 'duplicates', properties) }}
            = filter_matches.value

),

final as (

    select
        event_days.lead_id,
        event_days.event_type,
        event_days.filter_key,
        event_days.event_date,
        event_days.known_from,
        cast(null as date) as known_until,
        event_days.occurrences,
        event_days.amount
    from event_days

    union all

    select
        kept.lead_id,
        kept.event_type,
        kept.filter_key,
        kept.event_date,
        kept.known_from,
        kept.known_until,
        cast(1 as bigint) as occurrences,
        {{ lead_scoring.parsed_amount('kept.value') }} as amount
    from kept

)

select * from final
