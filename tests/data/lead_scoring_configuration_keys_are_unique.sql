{%- set text = dbt.type_string() -%}
-- No key stands twice in a scoring seed. Two bands that begin at the same points, and two stages of
-- the same order, would each give a lead two rows.
with

keys as (

    select
        'lead_scoring__models' as seed,
        model_id as key_text
    from {{ ref('lead_scoring__models') }}

    union all

    select
        'lead_scoring__groups' as seed,
        model_id || ', ' || group_id as key_text
    from {{ ref('lead_scoring__groups') }}

    union all

    select
        'lead_scoring__criteria' as seed,
        model_id || ', ' || criterion_id as key_text
    from {{ ref('lead_scoring__criteria') }}

    union all

    select
        'lead_scoring__decay_policies' as seed,
        decay_policy as key_text
    from {{ ref('lead_scoring__decay_policies') }}

    union all

    select
        'lead_scoring__bands' as seed,
        model_id || ', ' || dimension || ', band ' || band as key_text
    from {{ ref('lead_scoring__bands') }}

    union all

    select
        'lead_scoring__bands' as seed,
        model_id || ', ' || dimension || ', min_points ' || coalesce(cast(min_points as {{ text }}), 'blank')
            as key_text
    from {{ ref('lead_scoring__bands') }}

    union all

    select
        'lead_scoring__stages' as seed,
        model_id || ', stage ' || stage as key_text
    from {{ ref('lead_scoring__stages') }}

    union all

    select
        'lead_scoring__stages' as seed,
        model_id || ', stage_order ' || cast(stage_order as {{ text }}) as key_text
    from {{ ref('lead_scoring__stages') }}

    union all

    select
        'lead_scoring__exclusions' as seed,
        model_id || ', ' || exclusion_id as key_text
    from {{ ref('lead_scoring__exclusions') }}

    union all

    select
        'lead_scoring__actions' as seed,
        model_id || ', ' || stage || ', ' || coalesce(fit_band, 'any') || ', ' || coalesce(engagement_band, 'any')
            as key_text
    from {{ ref('lead_scoring__actions') }}

    union all

    select
        'lead_scoring__conversion_model' as seed,
        model_id || ', ' || term as key_text
    from {{ ref('lead_scoring__conversion_model') }}

),

final as (

    select
        keys.seed,
        keys.key_text,
        count(*) as copies
    from keys
    group by keys.seed, keys.key_text
    having count(*) > 1 or keys.key_text is null

)

select * from final
