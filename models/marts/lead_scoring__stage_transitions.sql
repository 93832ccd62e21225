{{
    config(
        materialized='incremental',
        incremental_strategy=lead_scoring.strategy_for_dates(),
        unique_key='transitioned_on',
        partition_by=lead_scoring.partition_by_date('transitioned_on'),
        on_schema_change='append_new_columns',
        full_refresh=false,
        post_hook="{{ lead_scoring.keep_own_rows(
            this, 'transitioned_on', lead_scoring.scoring_dates(), ref('int_lead_scoring__stage_steps')
        ) }}",
    )
}}
{%- set text = dbt.type_string() -%}
{%- set change = lead_scoring.type_decimal(38, 6) -%}
{#- Why a lead that is in one stage goes to another on a date; null where it stays. -#}
{%- set reason -%}
        cast(
            case
                when states.stage is null then 'entered'
                when steps.target_stage = states.stage then null
                when steps.target_stage = 'customer' then 'won'
                when steps.target_stage = 'disqualified' then 'disqualified'
                when states.stage in ('customer', 'disqualified') then 'reinstated'
                when stage_rules.stage_order is null then 'reconfigured'
                when steps.target_order > stage_rules.stage_order then 'qualified'
                when steps.held_stages like '%|' || cast(stage_rules.stage_order as {{ text }}) || '|%' then null
                when stage_rules.recycle_after_days is not null and steps.silent_days is null then 'recycled'
                when steps.silent_days >= stage_rules.recycle_after_days then 'recycled'
                when {{ dbt.datediff('states.entered_on', 'steps.as_of_date', 'day') }} < stage_rules.min_days
                    then null
                else 'dropped'
            end
            as {{ text }}
        )
{%- endset -%}
-- A lead takes its stage, and the day on which it came there, from one scored date to the next. It
-- sets out from its last transition before the dates that are gone through.
with recursive

steps as (

    select * from {{ ref('int_lead_scoring__stage_steps') }}

),

stage_rules as (

    select * from {{ ref('lead_scoring__stage_rules') }}

),

score_history as (

    select * from {{ ref('lead_scoring__score_history') }}

),

point_changes as (

    select * from {{ ref('int_lead_scoring__point_changes') }}

),

scoring_dates as (

    select * from {{ ref('int_lead_scoring__scoring_dates') }}

),

known_transitions as (

    {% if is_incremental() -%}
    select * from {{ this }}
    {%- else -%}
    select
        {% for number in range(1, 4) -%}
        cast(null as {{ text }}) as criterion_{{ number }},
        cast(null as {{ change }}) as points_change_{{ number }},
        {% endfor -%}
        steps.model_id,
        steps.lead_id,
        steps.as_of_date as transitioned_on,
        steps.previous_date,
        steps.target_stage as to_stage
    from steps
    where 1 = 0
    {%- endif %}

),

-- Of a date that is scored again nothing is known before. One that is gone through again without being
-- scored keeps what it was explained by.
known_changes as (

    select known_transitions.*
    from known_transitions
    left join scoring_dates on known_transitions.transitioned_on = scoring_dates.as_of_date
    where scoring_dates.as_of_date is null

),

first_dates as (

    select min(steps.as_of_date) as first_date
    from steps

),

earlier_transitions as (

    select
        known_changes.model_id,
        known_changes.lead_id,
        known_changes.to_stage,
        known_changes.transitioned_on,
        row_number() over (
            partition by known_changes.model_id, known_changes.lead_id
            order by known_changes.transitioned_on desc
        ) as place
    from known_changes
    inner join first_dates on known_changes.transitioned_on < first_dates.first_date

),

states as (

    select
        steps.model_id,
        steps.lead_id,
        0 as step_number,
        cast(null as date) as as_of_date,
        cast(earlier_transitions.to_stage as {{ text }}) as stage,
        earlier_transitions.transitioned_on as entered_on,
        cast(null as {{ text }}) as reason
    from steps
    left join earlier_transitions
        on
            steps.model_id = earlier_transitions.model_id
            and steps.lead_id = earlier_transitions.lead_id
            and earlier_transitions.place = 1
    where steps.step_number = 1

    union all

    select
        steps.model_id,
        steps.lead_id,
        steps.step_number,
        steps.as_of_date,
        case when {{ reason }} is null then states.stage else steps.target_stage end as stage,
        case when {{ reason }} is null then states.entered_on else steps.as_of_date end as entered_on,
        {{ reason }} as reason
    from states
    inner join steps
        on
            states.model_id = steps.model_id
            and states.lead_id = steps.lead_id
            and states.step_number + 1 = steps.step_number
    left join stage_rules
        on
            steps.as_of_date = stage_rules.as_of_date
            and steps.model_id = stage_rules.model_id
            and states.stage = stage_rules.stage

),

moves as (

    select
        states.*,
        lag(states.stage) over (
            partition by states.model_id, states.lead_id
            order by states.step_number asc
        ) as from_stage,
        lag(states.entered_on) over (
            partition by states.model_id, states.lead_id
            order by states.step_number asc
        ) as from_entered_on
    from states

),

final as (

    select
        moves.model_id,
        moves.lead_id,
        moves.as_of_date as transitioned_on,
        moves.from_stage,
        moves.stage as to_stage,
        case
            when moves.reason = 'entered' then 'in'
            when moves.reason in ('won', 'disqualified') then 'out'
            when moves.reason = 'reinstated' then 'back'
            when moves.reason = 'reconfigured' then 'across'
            when moves.reason = 'qualified' then 'up'
            else 'down'
        end as direction,
        moves.reason,
        cast(
            {{ dbt.datediff('moves.from_entered_on', 'moves.as_of_date', 'day') }}
            as integer
        ) as days_in_from_stage,
        steps.previous_date,
        score_history.score as score_before,
        steps.score as score_after,
        {%- for number in range(1, 4) %}
        coalesce(point_changes.criterion_{{ number }}, known_changes.criterion_{{ number }}) as criterion_{{ number }},
        coalesce(point_changes.points_change_{{ number }}, known_changes.points_change_{{ number }})
            as points_change_{{ number }},
        {%- endfor %}
        {{ lead_scoring.run_id() }} as run_id
    from moves
    inner join steps
        on
            moves.model_id = steps.model_id
            and moves.lead_id = steps.lead_id
            and moves.step_number = steps.step_number
    left join score_history
        on
            steps.previous_date = score_history.as_of_date
            and moves.model_id = score_history.model_id
            and moves.lead_id = score_history.lead_id
    left join point_changes
        on
            steps.as_of_date = point_changes.as_of_date
            and moves.model_id = point_changes.model_id
            and moves.lead_id = point_changes.lead_id
    left join known_changes
        on
            moves.model_id = known_changes.model_id
            and moves.lead_id = known_changes.lead_id
            and steps.as_of_date = known_changes.transitioned_on
            and steps.previous_date = known_changes.previous_date
    where moves.reason is not null

)

select * from final
