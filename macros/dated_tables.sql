{# How a table that grows by dates is kept on each engine: a run replaces the dates that it brings. #}
{% macro strategy_for_dates() -%}
    {{ return('insert_overwrite' if target.type in ('spark', 'bigquery') else 'delete+insert') }}
{%- endmacro %}

{# What the table is partitioned by, where a date is replaced as a partition. #}
{% macro partition_by_date(column) -%}
    {%- if target.type == 'spark' -%}
        {{ return(column) }}
    {%- elif target.type == 'bigquery' -%}
        {{ return({'field': column, 'data_type': 'date'}) }}
    {%- else -%}
        {{ return(none) }}
    {%- endif -%}
{%- endmacro %}

{# A model of this package as the database has it by now; none where it was never built. What is built
   behind a model can't be a reference of it. #}
{% macro built_relation(name) -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.lead_scoring.' ~ name] -%}
        {{ return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias)) }}
    {%- endif -%}
{%- endmacro %}

{# How many days of history are kept; none for all. #}
{% macro history_days() -%}
    {%- set days = var('lead_scoring__history_days', none) -%}
    {%- if days is not none and not modules.re.fullmatch('[1-9][0-9]{0,4}', days | string) -%}
        {{ exceptions.raise_compiler_error(
            'The variable lead_scoring__history_days is a whole number from 1 to 99999.'
        ) }}
    {%- endif -%}
    {{ return(none if days is none else days | int) }}
{%- endmacro %}

{# Stops where the history would forget one of the dates at once. #}
{% macro check_dates_are_kept(dates) -%}
    {%- set days = lead_scoring.history_days() -%}
    {%- if execute and days is not none -%}
        {%- set newest = [dates | last] -%}
        {%- set history = lead_scoring.built_relation('lead_scoring__score_history') -%}
        {%- if history is not none -%}
            {%- set found = run_query('select max(as_of_date) as newest from ' ~ history).columns[0].values() -%}
            {%- do newest.extend(found | reject('none') | map('string')) -%}
        {%- endif -%}
        {%- set newest = [newest | max, run_started_at.strftime('%Y-%m-%d')] | min -%}
        {%- set oldest = modules.datetime.date.fromisoformat(newest) - modules.datetime.timedelta(days=days) -%}
        {%- if dates | first < oldest | string -%}
            {{ exceptions.raise_compiler_error(
                'The date ' ~ dates | first ~ ' lies before ' ~ oldest ~ ', from which on lead_scoring__history_days '
                ~ days ~ ' keeps the history: score later dates, or keep more days.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Removes the dates that lie more than so many days before the newest one; without a number, none. A
   date yet to come is nothing to count back from. #}
{% macro forget_dates(relation, column, days) -%}
    {%- if days is not none and flags.EMPTY is not true -%}
        {{ return(adapter.dispatch('forget_dates', 'lead_scoring')(relation, column, days)) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__forget_dates(relation, column, days) -%}
    {%- set today = "cast('" ~ run_started_at.strftime('%Y-%m-%d') ~ "' as date)" -%}
    delete from {{ relation }}
    where
        {{ column }} < (
            select {{ dbt.dateadd('day', -days, 'least(max(' ~ column ~ '), ' ~ today ~ ')') }}
            from {{ relation }}
        )
{%- endmacro %}

{# Rows of a Parquet table can't be deleted, its partitions can. #}
{% macro spark__forget_dates(relation, column, days) -%}
    {%- if execute -%}
        {%- set partitions = run_query('show partitions ' ~ relation).columns[0].values() | sort -%}
        {%- if partitions -%}
            {%- set newest = [partitions[-1].split('=')[1], run_started_at.strftime('%Y-%m-%d')] | min -%}
            {%- set oldest = modules.datetime.date.fromisoformat(newest) - modules.datetime.timedelta(days=days) -%}
            {%- for partition in partitions if partition.split('=')[1] < oldest | string -%}
                {%- do run_query(
                    'alter table ' ~ relation ~ ' drop partition (' ~ column ~ " = '" ~ partition.split('=')[1] ~ "')"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Removes all dates but so many of the newest, so many of the last of the given ones, and the one
   before the given ones. #}
{% macro keep_newest_dates(relation, column, newest, dates) -%}
    {%- if execute and flags.EMPTY is not true -%}
        {%- set found = run_query('select distinct ' ~ column ~ ' from ' ~ relation).columns[0].values() -%}
        {%- set texts = found | map('string') | sort -%}
        {%- set before = texts | select('lt', dates | first) | list -%}
        {%- set gone = texts[:-newest] | reject('in', dates[-newest:] + before[-1:]) | list -%}
        {{ return(lead_scoring.delete_dates(relation, column, gone)) }}
    {%- endif -%}
{%- endmacro %}

{# Removes the rows of other runs from the dates of which the run has brought all rows there are: those
   that it scored, of which a date without leads has none, and with steps all from the earliest on. #}
{% macro keep_own_rows(relation, column, dates, steps=none) -%}
    {%- if flags.EMPTY is not true -%}
        {%- set condition -%}
            (
                {{ lead_scoring.is_among(column, dates) }}
                {%- if steps is not none %}
                or {{ column }} >= (select min(as_of_date) from {{ steps }})
                {%- endif %}
            )
        {%- endset -%}
        {{ return(adapter.dispatch('keep_own_rows', 'lead_scoring')(relation, column, condition)) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__keep_own_rows(relation, column, condition) -%}
    delete from {{ relation }}
    where
        {{ condition }}
        and run_id != {{ lead_scoring.run_id() }}
{%- endmacro %}

{% macro spark__keep_own_rows(relation, column, condition) -%}
    {%- if execute -%}
        {%- set others -%}
            select {{ column }}
            from {{ relation }}
            where {{ condition }}
            group by {{ column }}
            having max(run_id) != {{ lead_scoring.run_id() }}
        {%- endset -%}
        {%- set gone = run_query(others).columns[0].values() | map('string') | list -%}
        {{ return(lead_scoring.delete_dates(relation, column, gone)) }}
    {%- endif -%}
{%- endmacro %}

{# Removes dates, given as texts. #}
{% macro delete_dates(relation, column, dates) -%}
    {%- if dates -%}
        {{ return(adapter.dispatch('delete_dates', 'lead_scoring')(relation, column, dates)) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__delete_dates(relation, column, dates) -%}
    delete from {{ relation }}
    where {{ lead_scoring.is_among(column, dates) }}
{%- endmacro %}

{% macro spark__delete_dates(relation, column, dates) -%}
    {%- for date in dates -%}
        {%- do run_query('alter table ' ~ relation ~ ' drop if exists partition (' ~ column ~ " = '" ~ date ~ "')") -%}
    {%- endfor -%}
{%- endmacro %}

{# The condition that a column holds one of the dates, which are given as texts. #}
{% macro is_among(column, dates) -%}
    {{ column }} in (
        {%- for date in dates %}
        cast('{{ date }}' as date){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# Removes the dates from a table before it is built again. From the funnel that is before their scores
   are replaced: a date without a funnel is one that the stages have yet to go through, so an
   interrupted build is made up for. #}
{% macro delete_built_dates(name, dates) -%}
    {%- if execute and flags.EMPTY is not true -%}
        {%- set built = lead_scoring.built_relation(name) -%}
        {%- if built is not none -%}
            {{ return(lead_scoring.delete_dates(built, 'as_of_date', dates)) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The funnel as the last build left it, for the from clause, with a column as_of_date. #}
{% macro last_funnel() -%}
    {%- set funnel = lead_scoring.built_relation('lead_scoring__funnel_daily') -%}
    {{ return(funnel if funnel else '(select cast(null as date) as as_of_date) as no_funnel') }}
{%- endmacro %}
