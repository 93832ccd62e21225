{%- set double = lead_scoring.type_double() -%}
-- For each criterion the one that goes with it most: Pearson's correlation of whether they match.
with

evaluated_leads as (

    select * from {{ ref('int_lead_scoring__evaluated_leads') }}

),

evaluated_contributions as (

    select * from {{ ref('int_lead_scoring__evaluated_contributions') }}

),

other_contributions as (

    select * from {{ ref('int_lead_scoring__evaluated_contributions') }}

),

sizes as (

    select
        evaluated_leads.model_id,
        cast(count(*) as {{ double }}) as lead_dates
    from evaluated_leads
    group by evaluated_leads.model_id

),

matched as (

    select
        evaluated_contributions.model_id,
        evaluated_contributions.criterion_id,
        cast(count(*) as {{ double }}) as lead_dates
    from evaluated_contributions
    group by evaluated_contributions.model_id, evaluated_contributions.criterion_id

),

other_matched as (

    select * from matched

),

both_matched as (

    select
        evaluated_contributions.model_id,
        evaluated_contributions.criterion_id,
        other_contributions.criterion_id as other_criterion_id,
        cast(count(*) as {{ double }}) as lead_dates
    from evaluated_contributions
    inner join other_contributions
        on
            evaluated_contributions.model_id = other_contributions.model_id
            and evaluated_contributions.as_of_date = other_contributions.as_of_date
            and evaluated_contributions.lead_id = other_contributions.lead_id
    where evaluated_contributions.criterion_id != other_contributions.criterion_id
    group by
        evaluated_contributions.model_id,
        evaluated_contributions.criterion_id,
        other_contributions.criterion_id

),

pairs as (

    select
        matched.model_id,
        matched.criterion_id,
        other_matched.criterion_id as other_criterion_id,
        sizes.lead_dates * coalesce(both_matched.lead_dates, 0)
        - matched.lead_dates * other_matched.lead_dates as covariance,
        matched.lead_dates * (sizes.lead_dates - matched.lead_dates) as variance,
        other_matched.lead_dates * (sizes.lead_dates - other_matched.lead_dates) as other_variance
    from matched
    inner join sizes on matched.model_id = sizes.model_id
    inner join other_matched
        on
            matched.model_id = other_matched.model_id
            and matched.criterion_id != other_matched.criterion_id
    left join both_matched
        on
            matched.model_id = both_matched.model_id
            and matched.criterion_id = both_matched.criterion_id
            and other_matched.criterion_id = both_matched.other_criterion_id

),

correlated as (

    select
        pairs.model_id,
        pairs.criterion_id,
        pairs.other_criterion_id,
        cast(
            pairs.covariance / (sqrt(pairs.variance) * sqrt(pairs.other_variance))
            as {{ lead_scoring.type_decimal(38, 8) }}
        ) as correlation
    from pairs
    where
        pairs.variance > 0
        and pairs.other_variance > 0

),

numbered as (

    select
        correlated.*,
        row_number() over (
            partition by correlated.model_id, correlated.criterion_id
            order by
                abs(correlated.correlation) desc,
                {{ lead_scoring.in_byte_order('correlated.other_criterion_id') }} asc
        ) as place
    from correlated

),

final as (

    select
        numbered.model_id,
        numbered.criterion_id,
        numbered.other_criterion_id,
        numbered.correlation
    from numbered
    where numbered.place = 1

)

select * from final
