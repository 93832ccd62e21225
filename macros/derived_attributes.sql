{# The CTEs `keyed` and `derived`: rows with email, job_title and country, and the attributes that these
   tell. The model imports what they are looked up in. #}
{% macro derived_attributes(rows) -%}
keyed as (

    select
        {{ rows }}.*,
        case
            when {{ lead_scoring.contains_text(rows ~ '.email', "'@'") }}
                then nullif({{ lead_scoring.lowered(lead_scoring.text_after_last(rows ~ '.email', '@')) }}, '')
        end as email_domain,
        {{ lead_scoring.spaced_words(rows ~ '.country') }} as country_words
    from {{ rows }}

),

derived as (

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
{%- endmacro %}
