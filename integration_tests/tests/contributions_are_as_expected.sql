with

expected as (

    select * from {{ ref('expected_contributions') }}

),

actual as (

    select * from {{ ref('lead_scoring', 'lead_scoring__contributions') }}

),

missing as (

    select
        expected.model_id,
        expected.lead_id,
        expected.criterion_id,
        expected.occurrences,
        expected.points
    from expected

    except

    select
        actual.model_id,
        actual.lead_id,
        actual.criterion_id,
        actual.occurrences,
        actual.points
    from actual

),

unexpected as (

    select
        actual.model_id,
        actual.lead_id,
        actual.criterion_id,
        actual.occurrences,
        actual.points
    from actual

    except

    select
        expected.model_id,
        expected.lead_id,
        expected.criterion_id,
        expected.occurrences,
        expected.points
    from expected

),

final as (

    select
        'missing' as problem,
        missing.*
    from missing

    union all

    select
        'unexpected' as problem,
        unexpected.*
    from unexpected

)

select * from final
