{%- set history_columns = lead_scoring.input_columns(ref('stg_lead_scoring__lead_history')) -%}
-- What a title says is worked out once per distinct title. The phrase of lowest priority number
-- that stands in the title as whole words decides.
with

leads as (

    select * from {{ ref('stg_lead_scoring__leads') }}
    where rejection_reason is null

),

lead_history as (

    select * from {{ ref('stg_lead_scoring__lead_history') }}
    where rejection_reason is null

),

title_words as (

    select * from {{ ref('lead_scoring__title_words') }}

),

distinct_titles as (

    select leads.job_title
    from leads

    union distinct

    select {{ lead_scoring.input_text(history_columns, 'job_title') }} as job_title
    from lead_history

),

titles as (

    select
        distinct_titles.job_title,
        ' ' || {{ lead_scoring.spaced_words('distinct_titles.job_title') }} || ' ' as words
    from distinct_titles
    where distinct_titles.job_title is not null

),

best_phrases as (

    select
        titles.job_title,
        title_words.attribute,
        min(title_words.priority) as priority
    from titles
    inner join title_words
        on {{ lead_scoring.contains_text("titles.words", "' ' || title_words.phrase || ' '") }}
    group by titles.job_title, title_words.attribute

),

final as (

    select
        best_phrases.job_title,
        max(case when title_words.attribute = 'seniority' then title_words.result end) as seniority,
        max(case when title_words.attribute = 'job_function' then title_words.result end) as job_function
    from best_phrases
    inner join title_words
        on
            best_phrases.attribute = title_words.attribute
            and best_phrases.priority = title_words.priority
    group by best_phrases.job_title

)

select * from final
