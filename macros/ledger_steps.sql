{# The steps from the sum of a dimension to the score, in their order: what they are about, their type, the
   columns of `int_lead_scoring__scores` before and after them, and their words. #}
{% macro ledger_steps() -%}
    {{ return([
        ('fit', 'dimension_limit', 'fit_sum', 'fit_held', 'All fit points are held at their maximum'),
        ('fit', 'rounding', 'fit_held', 'fit_points', 'The fit points are rounded to 4 decimals'),
        ('fit', 'dimension_weight', 'fit_points', 'weighted_fit', 'The fit points count with their weight'),
        (
            'engagement', 'dimension_limit', 'engagement_sum', 'engagement_held',
            'All engagement points are held at their maximum'
        ),
        (
            'engagement', 'rounding', 'engagement_held', 'engagement_points',
            'The engagement points are rounded to 4 decimals'
        ),
        (
            'engagement', 'dimension_weight', 'engagement_points', 'weighted_engagement',
            'The engagement points count with their weight'
        ),
        ('score', 'score_limit', 'weighted_total', 'held_total', 'The score is held within its limits'),
        ('score', 'rounding', 'held_total', 'score', 'The score is rounded to 4 decimals'),
    ]) }}
{%- endmacro %}
