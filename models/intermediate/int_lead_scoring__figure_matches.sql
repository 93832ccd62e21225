with

conditions as (

    select * from {{ ref('int_lead_scoring__conditions') }}
    where asked_of = 'figure'

),

event_figures as (

    select * from {{ ref('int_lead_scoring__event_figures') }}

),

figure_values as (

    select distinct
        event_figures.property,
        event_figures.value
    from event_figures

),

{{ lead_scoring.condition_matches('conditions', 'figure_values') }}

select * from condition_matches
