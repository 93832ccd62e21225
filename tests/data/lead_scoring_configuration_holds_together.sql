{%- set operators -%}
    'equals', 'not_equals', 'in', 'not_in', 'contains', 'not_contains', 'starts_with', 'ends_with', 'has_word',
    'matches', 'gt', 'gte', 'lt', 'lte', 'between', 'is_true', 'is_false', 'is_blank', 'is_present'
{%- endset -%}
{%- set model_columns = lead_scoring.input_columns(ref('lead_scoring__models')) -%}
{%- set stage_columns = lead_scoring.input_columns(ref('lead_scoring__stages')) -%}
{%- set points = lead_scoring.type_decimal(11, 4) -%}
-- What the scoring takes for granted of the seeds, for those who run dbt without the command, which
-- checks far more and says it better. Each row names a problem and where it is.
with

models as (

    select * from {{ ref('lead_scoring__models') }}

),

criterion_groups as (

    select * from {{ ref('lead_scoring__groups') }}

),

criteria as (

    select * from {{ ref('lead_scoring__criteria') }}

),

decay_policies as (

    select * from {{ ref('lead_scoring__decay_policies') }}

),

bands as (

    select * from {{ ref('lead_scoring__bands') }}

),

stages as (

    select * from {{ ref('lead_scoring__stages') }}

),

exclusions as (

    select * from {{ ref('lead_scoring__exclusions') }}

),

conversion_model as (

    select * from {{ ref('lead_scoring__conversion_model') }}

),

model_counts as (

    select
        models.model_id,
        count(distinct case when bands.dimension = 'fit' then bands.dimension end) as fit_floors,
        count(distinct case when bands.dimension = 'engagement' then bands.dimension end) as engagement_floors
    from models
    left join bands
        on
            models.model_id = bands.model_id
            and bands.min_points is null
    group by models.model_id

),

stage_memories as (

    select
        stages.model_id,
        stages.stage,
        stages.min_score,
        {{ lead_scoring.optional_column(stage_columns, 'stages', 'exit_score', points) }} as exit_score,
        {{ lead_scoring.optional_column(stage_columns, 'stages', 'min_days', 'integer') }} as min_days,
        {{ lead_scoring.optional_column(stage_columns, 'stages', 'recycle_after_days', 'integer') }}
            as recycle_after_days,
        stages.min_score is null
        and stages.min_fit is null
        and stages.min_engagement is null
        and stages.required_criterion is null as is_base
    from stages

),

base_stages as (

    select distinct stages.model_id
    from stages
    where
        stages.min_score is null
        and stages.min_fit is null
        and stages.min_engagement is null
        and stages.required_criterion is null

),

problems as (

    select
        'exactly one model is the champion' as problem,
        cast(count(case when models.is_champion then 1 end) as {{ dbt.type_string() }}) || ' champions' as place
    from models
    having count(case when models.is_champion then 1 end) != 1

    union all

    select
        'a model needs a band with blank min_points for each dimension' as problem,
        model_counts.model_id as place
    from model_counts
    where model_counts.fit_floors = 0 or model_counts.engagement_floors = 0

    union all

    select
        'a model needs a stage without conditions' as problem,
        models.model_id as place
    from models
    left join base_stages on models.model_id = base_stages.model_id
    where base_stages.model_id is null

    union all

    select
        'a group has an unknown model, dimension or combine' as problem,
        criterion_groups.model_id || ', ' || criterion_groups.group_id as place
    from criterion_groups
    left join models on criterion_groups.model_id = models.model_id
    where
        models.model_id is null
        or coalesce(criterion_groups.dimension, '') not in ('fit', 'engagement')
        or coalesce(criterion_groups.combine, '') not in ('sum', 'max')

    union all

    select
        'a criterion has an unknown group' as problem,
        criteria.model_id || ', ' || criteria.criterion_id as place
    from criteria
    left join criterion_groups
        on
            criteria.model_id = criterion_groups.model_id
            and criteria.group_id = criterion_groups.group_id
    where criterion_groups.group_id is null

    union all

    select
        'a criterion has an unknown signal, operator or filter operator, or no points' as problem,
        criteria.model_id || ', ' || criteria.criterion_id as place
    from criteria
    where
        coalesce(criteria.signal, '') not in ('attribute', 'event', 'frequency', 'recency', 'monetary')
        or criteria.points is null
        or (
            criteria.signal != 'event'
            and coalesce(criteria.operator, '') not in (
                {{ operators }}
            )
        )
        or (
            criteria.filter_property is not null
            and coalesce(criteria.filter_operator, '') not in (
                {{ operators }}
            )
        )

    union all

    select
        'a criterion has an unknown decay policy' as problem,
        criteria.model_id || ', ' || criteria.criterion_id as place
    from criteria
    left join decay_policies on criteria.decay_policy = decay_policies.decay_policy
    where
        criteria.decay_policy is not null
        and decay_policies.decay_policy is null

    union all

    select
        'a decay policy has an unknown method, or not what its method needs' as problem,
        decay_policies.decay_policy as place
    from decay_policies
    where
        not coalesce(
            case decay_policies.method
                when 'none' then true
                when 'exponential' then decay_policies.half_life_days > 0
                when 'linear' then decay_policies.lifetime_days > 0
                when 'step'
                    then
                        decay_policies.step_days > 0
                        and decay_policies.step_fraction >= 0
                        and decay_policies.step_fraction <= 1
            end,
            false
        )

    union all

    select
        'a stage requires an unknown criterion, or has no order' as problem,
        stages.model_id || ', ' || stages.stage as place
    from stages
    left join criteria
        on
            stages.model_id = criteria.model_id
            and stages.required_criterion = criteria.criterion_id
    where
        stages.stage_order is null
        or (stages.required_criterion is not null and criteria.criterion_id is null)

    union all

    select
        'a stage has an exit_score over its min_score or without one, or a min_days or recycle_after_days below 1'
            as problem,
        stage_memories.model_id || ', ' || stage_memories.stage as place
    from stage_memories
    where
        (stage_memories.exit_score is not null and stage_memories.min_score is null)
        or stage_memories.exit_score > stage_memories.min_score
        or stage_memories.min_days < 1
        or stage_memories.recycle_after_days < 1

    union all

    select
        'a stage without conditions has a min_days or recycle_after_days' as problem,
        stage_memories.model_id || ', ' || stage_memories.stage as place
    from stage_memories
    where
        stage_memories.is_base
        and (stage_memories.min_days is not null or stage_memories.recycle_after_days is not null)

    union all

    select
        'the trend_points of a model are not above 0' as problem,
        models.model_id as place
    from models
    where {{ lead_scoring.optional_column(model_columns, 'models', 'trend_points', points) }} <= 0

    union all

    select
        'a conversion model has an unknown model or term, or no coefficient' as problem,
        conversion_model.model_id || ', ' || conversion_model.term as place
    from conversion_model
    left join models on conversion_model.model_id = models.model_id
    left join criteria
        on
            conversion_model.model_id = criteria.model_id
            and conversion_model.term = criteria.criterion_id
    where
        models.model_id is null
        or conversion_model.coefficient is null
        or (
            coalesce(conversion_model.term, '') not in ('intercept', 'score')
            and criteria.criterion_id is null
        )

    union all

    select
        'an exclusion has an unknown operator' as problem,
        exclusions.model_id || ', ' || exclusions.exclusion_id as place
    from exclusions
    where coalesce(exclusions.operator, '') not in (
        {{ operators }}
    )

)

select * from problems
