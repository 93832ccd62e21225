with

expected as (

    select * from {{ ref('expected_rejected_records') }}

),

actual as (

    select * from {{ ref('lead_scoring', 'lead_scoring__rejected_records') }}

),

missing as (

    select
        expected.relation,
        expected.reason,
        expected.record_id,
        expected.lead_id
    from expected

    except

    select
        actual.relation,
        actual.reason,
        actual.record_id,
        actual.lead_id
    from actual

),

unexpected as (

    select
        actual.relation,
        actual.reason,
        actual.record_id,
        actual.lead_id
    from actual

    except

    select
        expected.relation,
        expected.reason,
        expected.record_id,
        expected.lead_id
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
