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

keyed as (

    select
        leads.*,
        case
            when {{ lead_scoring.contains_text('leads.email', "'@'") }}
                then nullif({{ lead_scoring.lowered(lead_scoring.text_after_last('leads.email', '@')) }}, '')
        end as email_domain,
        {{ lead_scoring.spaced_words('leads.country') }} as country_words
    from leads

),

final as (

    select
        keyed.*,
        case
            when keyed.email_domain is not null
                then case when free_email_domains.email_domain is null then 'false' else 'true' end
        end as is_free_email,
        case
            when keyed.email_domain is not null
                then case when disposable_email_domains.email_domain is null then 'false' else 'true' end
        end as is_disposable_email,
        job_titles.seniority,
        job_titles.job_function,
        country_names.country_code
    from keyed
    left join free_email_domains on keyed.email_domain = free_email_domains.email_domain
    left join disposable_email_domains on keyed.email_domain = disposable_email_domains.email_domain
    left join job_titles on keyed.job_title = job_titles.job_title
    left join country_names on keyed.country_words = country_names.country_name

)

select * from final
