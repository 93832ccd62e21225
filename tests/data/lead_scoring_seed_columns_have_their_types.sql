{%- set seeds = {
    'lead_scoring__models': ref('lead_scoring__models'),
    'lead_scoring__groups': ref('lead_scoring__groups'),
    'lead_scoring__criteria': ref('lead_scoring__criteria'),
    'lead_scoring__decay_policies': ref('lead_scoring__decay_policies'),
    'lead_scoring__bands': ref('lead_scoring__bands'),
    'lead_scoring__stages': ref('lead_scoring__stages'),
    'lead_scoring__exclusions': ref('lead_scoring__exclusions'),
    'lead_scoring__actions': ref('lead_scoring__actions'),
    'lead_scoring__conversion_model': ref('lead_scoring__conversion_model'),
} -%}
-- Loaded without their types, seeds lose leading zeros and exact decimals, and blank columns become numbers.
with

problems as (

    {% for problem in lead_scoring.wrong_seed_types(seeds) -%}
    select
        '{{ problem.seed }}' as seed,
        '{{ problem.column }}' as column_name,
        '{{ problem.wanted }}' as wanted_type,
        '{{ problem.found }}' as found_type

    union all

    {% endfor -%}
    select
        cast(null as {{ dbt.type_string() }}) as seed,
        cast(null as {{ dbt.type_string() }}) as column_name,
        cast(null as {{ dbt.type_string() }}) as wanted_type,
        cast(null as {{ dbt.type_string() }}) as found_type

)

select * from problems
where seed is not null
