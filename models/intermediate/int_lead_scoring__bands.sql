-- Each band with the minimum of the band above it, so that every figure falls in just one.
with

bands as (

    select * from {{ ref('lead_scoring__bands') }}

),

final as (

    select
        bands.model_id,
        bands.dimension,
        bands.band,
        bands.min_points,
        lead(bands.min_points) over (
            partition by bands.model_id, bands.dimension
            order by bands.min_points asc nulls first
        ) as next_min_points
    from bands

)

select * from final
