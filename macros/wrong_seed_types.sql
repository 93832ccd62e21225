{# The columns of the scoring seeds that were loaded as another kind of type than their rules need:
   [{'seed': …, 'column': …, 'wanted': …, 'found': …}]. A name has one kind in all seeds. #}
{% macro wrong_seed_types(seeds) -%}
    {%- set kinds = {
        'text': [
            'model_id', 'description', 'group_id', 'dimension', 'combine', 'criterion_id', 'signal', 'subject',
            'operator', 'value', 'filter_property', 'filter_operator', 'filter_value', 'decay_policy', 'method',
            'band', 'stage', 'required_criterion', 'exclusion_id', 'attribute', 'reason', 'fit_band',
            'engagement_band', 'action', 'owner_team', 'nurture_track', 'term',
        ],
        'decimal': [
            'fit_weight', 'engagement_weight', 'fit_max_points', 'engagement_max_points', 'min_points', 'max_points',
            'min_score', 'max_score', 'points', 'weight', 'half_life_days', 'step_fraction', 'min_fit',
            'min_engagement', 'exit_score', 'trend_points', 'coefficient',
        ],
        'integer': [
            'window_days', 'max_occurrences', 'max_per_day', 'lifetime_days', 'step_days', 'stage_order', 'sla_hours',
            'min_days', 'recycle_after_days', 'horizon_days',
        ],
        'boolean': ['is_champion'],
        'date': ['fitted_on'],
    } -%}
    {%- set names = {
        'decimal': ('decimal', 'numeric', 'number', 'bignumeric'),
        'integer': ('int', 'bigint', 'smallint', 'decimal', 'numeric', 'number'),
        'boolean': ('bool',),
        'date': ('date',),
    } -%}
    {%- set problems = [] -%}
    {%- for seed, relation in seeds.items() -%}
        {%- for column in lead_scoring.input_columns(relation) -%}
            {%- set found = column.data_type | lower -%}
            {%- for kind, columns in kinds.items() if column.name in columns -%}
                {%- set holds = lead_scoring.is_text_type(found) if kind == 'text' else found.startswith(names[kind]) -%}
                {%- if not holds -%}
                    {%- do problems.append({'seed': seed, 'column': column.name, 'wanted': kind, 'found': found}) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}
