{%- set type = lead_scoring.type_decimal(38, 8) -%}
-- The leads of all dates by score, in ten parts of the same size. Leads of one score are parted by the
-- hash of their id, which has nothing to do with what they did.
with

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}

),

placed as (

    select
        evaluated_leads.*,
        row_number() over (
            partition by evaluated_leads.model_id
            order by
                evaluated_leads.score desc,
                {{ lead_scoring.in_byte_order(dbt.hash('evaluated_leads.lead_id')) }} asc,
                evaluated_leads.as_of_date asc
        ) as place,
        count(*) over (partition by evaluated_leads.model_id) as all_lead_dates
    from evaluated_leads

),

parted as (

    select
        placed.*,
        {{ lead_scoring.tenth_of('placed.place', 'placed.all_lead_dates') }} as decile
    from placed

),

counted as (

    select
        parted.model_id,
        parted.decile,
        count(*) as lead_dates,
        min(parted.score) as lowest_score,
        max(parted.score) as highest_score,
        sum(parted.conversions) as conversions,
        sum(parted.revenue) as revenue
    from parted
    group by parted.model_id, parted.decile

),

added_up as (

    select
        counted.*,
        sum(counted.lead_dates) over (partition by counted.model_id) as all_lead_dates,
        sum(counted.conversions) over (partition by counted.model_id) as all_conversions,
        sum(counted.conversions) over (
            partition by counted.model_id
            order by counted.decile asc
            rows between unbounded preceding and current row
        ) as conversions_to_here
    from counted

),

final as (

    select
        added_up.model_id,
        added_up.decile,
        added_up.lead_dates,
        cast(added_up.lowest_score as {{ lead_scoring.type_decimal(38, 4) }}) as lowest_score,
        cast(added_up.highest_score as {{ lead_scoring.type_decimal(38, 4) }}) as highest_score,
        cast(added_up.conversions as bigint) as conversions,
        cast({{ lead_scoring.ratio('added_up.conversions', 'added_up.lead_dates') }} as {{ type }}) as conversion_rate,
        cast(
            {{ lead_scoring.ratio('added_up.conversions', 'added_up.lead_dates') }}
            / nullif({{ lead_scoring.ratio('added_up.all_conversions', 'added_up.all_lead_dates') }}, 0)
            as {{ type }}
        ) as lift,
        cast({{ lead_scoring.ratio('added_up.conversions', 'added_up.all_conversions') }} as {{ type }}) as capture,
        cast(
            {{ lead_scoring.ratio('added_up.conversions_to_here', 'added_up.all_conversions') }} as {{ type }}
        ) as cumulative_capture,
        cast(added_up.revenue as {{ lead_scoring.type_decimal(38, 4) }}) as revenue
    from added_up

)

select * from final
