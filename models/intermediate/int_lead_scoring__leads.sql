with

leads as (

    select * from {{ ref('stg_lead_scoring__leads') }}
    where rejection_reason is null

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

{{ lead_scoring.derived_attributes('leads') }}

select * from derived
