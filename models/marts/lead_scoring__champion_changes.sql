{%- set text = dbt.type_string() -%}
{%- set timestamp = dbt.type_timestamp() -%}
{%- set figure = lead_scoring.type_decimal(38, 8) -%}
-- The log of the promotions, typed. It waits for the leads, which wait for the tests of the scoring seeds.
-- depends_on: {{ ref('stg_lead_scoring__leads') }}
with

promotions as (

    select * from {{ ref('lead_scoring__promotions') }}

),

final as (

    select
        cast(promotions.promoted_at as {{ timestamp }}) as promoted_at,
        cast(promotions.previous_champion as {{ text }}) as previous_champion,
        cast(promotions.champion as {{ text }}) as champion,
        cast(promotions.verdict as {{ text }}) as verdict,
        coalesce(promotions.is_override, false) as is_override,
        cast(promotions.reason as {{ text }}) as reason,
        cast(promotions.previous_auc as {{ figure }}) as previous_auc,
        cast(promotions.auc as {{ figure }}) as auc,
        cast(promotions.auc_difference as {{ figure }}) as auc_difference,
        cast(promotions.auc_difference_low as {{ figure }}) as auc_difference_low,
        cast(promotions.auc_difference_high as {{ figure }}) as auc_difference_high,
        cast(promotions.inputs as {{ text }}) as inputs,
        cast(promotions.first_date as date) as first_date,
        cast(promotions.last_date as date) as last_date,
        cast(promotions.horizon_days as integer) as horizon_days,
        cast(promotions.evaluated_at as {{ timestamp }}) as evaluated_at,
        cast(promotions.configuration_fingerprint as {{ text }}) as configuration_fingerprint
    from promotions

)

select * from final
