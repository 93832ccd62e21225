{# How many days a lead has to convert in: a whole number above 0. #}
{% macro horizon_days() -%}
    {%- set days = var('lead_scoring__horizon_days', 30) -%}
    {%- if not modules.re.fullmatch('[1-9][0-9]*', days | string) -%}
        {{ exceptions.raise_compiler_error('The variable lead_scoring__horizon_days is a whole number above 0.') }}
    {%- endif -%}
    {{ return(days | int) }}
{%- endmacro %}

{# The last day whose outcomes are known, as text: the UTC date of the run where nothing is said. #}
{% macro known_until() -%}
    {%- set given = var('lead_scoring__known_until', none) -%}
    {%- if given is none -%}
        {{ return(run_started_at.strftime('%Y-%m-%d')) }}
    {%- endif -%}
    {{ return(lead_scoring.checked_date(given, 'lead_scoring__known_until') | string) }}
{%- endmacro %}

{# The part of the leads, of sixteen, that a lead is left out with: a digit that is the same on every
   engine. #}
{% macro lead_group(lead_id) -%}
    substr({{ dbt.hash(lead_id) }}, 1, 1)
{%- endmacro %}

{# An aggregate over the sixteen replicates: half the width of an interval that holds the true figure
   95 times in 100, by the jackknife. The standard error is 15/4 of the deviation between replicates,
   and 2.1314 is Student's t of 15 degrees of freedom. Null unless all sixteen have the figure. #}
{% macro jackknife_margin(figure) -%}
    case when count({{ figure }}) = 16 then 2.1314495456 * 3.75 * stddev_samp({{ figure }}) end
{%- endmacro %}

{# The ends of an interval around a figure, between limits where it has them. Engines differ in what
   they take for the greatest of a null and a number. #}
{% macro interval_low(figure, margin, lowest=0) -%}
    case
        when {{ margin }} is not null
            then {{ 'greatest(' ~ lowest ~ ', ' if lowest is not none }}{{ figure }} - {{ margin }}{{ ')' if lowest is not none }}
    end
{%- endmacro %}

{% macro interval_high(figure, margin, highest=1) -%}
    case
        when {{ margin }} is not null
            then {{ 'least(' ~ highest ~ ', ' if highest is not none }}{{ figure }} + {{ margin }}{{ ')' if highest is not none }}
    end
{%- endmacro %}

{# Both in double precision; null where the second is 0. #}
{% macro ratio(dividend, divisor) -%}
    cast({{ dividend }} as {{ lead_scoring.type_double() }})
    / nullif(cast({{ divisor }} as {{ lead_scoring.type_double() }}), 0)
{%- endmacro %}

{# The tenth, counted from 1, of so many rows in which a row stands. #}
{% macro tenth_of(place, row_count) -%}
    cast(
        (10 * ({{ place }} - 1) - mod(10 * ({{ place }} - 1), {{ row_count }})) / {{ row_count }} + 1
        as integer
    )
{%- endmacro %}
