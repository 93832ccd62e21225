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

{# Removes the dates that lie more than so many days before the newest one; without a number, none. #}
{% macro forget_dates(relation, column, days) -%}
    {%- if days is not none -%}
        {%- if not modules.re.fullmatch('[1-9][0-9]*', days | string) -%}
            {{ exceptions.raise_compiler_error('The variable lead_scoring__history_days is a whole number above 0.') }}
        {%- endif -%}
        {{ return(adapter.dispatch('forget_dates', 'lead_scoring')(relation, column, days)) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__forget_dates(relation, column, days) -%}
    delete from {{ relation }}
    where {{ column }} < (select {{ dbt.dateadd('day', -(days | int), 'max(' ~ column ~ ')') }} from {{ relation }})
{%- endmacro %}

{# Rows of a Parquet table can't be deleted, its partitions can. #}
{% macro spark__forget_dates(relation, column, days) -%}
    {%- if execute -%}
        {%- set partitions = run_query('show partitions ' ~ relation).columns[0].values() | sort -%}
        {%- if partitions -%}
            {%- set newest = modules.datetime.date.fromisoformat(partitions[-1].split('=')[1]) -%}
            {%- set oldest = newest - modules.datetime.timedelta(days=days | int) -%}
            {%- for partition in partitions if partition.split('=')[1] < oldest | string -%}
                {%- do run_query(
                    'alter table ' ~ relation ~ ' drop partition (' ~ column ~ " = '" ~ partition.split('=')[1] ~ "')"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Removes all dates but so many of the newest and the given ones. #}
{% macro keep_newest_dates(relation, column, newest, dates) -%}
    {%- if execute -%}
        {%- set found = run_query('select distinct ' ~ column ~ ' from ' ~ relation).columns[0].values() -%}
        {%- set texts = found | map('string') | sort -%}
        {%- set gone = texts[:-newest] | reject('in', dates) | list -%}
        {{ return(lead_scoring.delete_dates(relation, column, gone)) }}
    {%- endif -%}
{%- endmacro %}

{# Removes the rows of other runs from the given date on: the run has brought all there are. #}
{% macro keep_own_rows(relation, column, first_date) -%}
    {{ return(adapter.dispatch('keep_own_rows', 'lead_scoring')(relation, column, first_date)) }}
{%- endmacro %}

{% macro default__keep_own_rows(relation, column, first_date) -%}
    delete from {{ relation }}
    where
        {{ column }} >= cast('{{ first_date }}' as date)
        and run_id != {{ lead_scoring.run_id() }}
{%- endmacro %}

{% macro spark__keep_own_rows(relation, column, first_date) -%}
    {%- if execute -%}
        {%- set others -%}
            select {{ column }}
            from {{ relation }}
            where {{ column }} >= cast('{{ first_date }}' as date)
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
    where {{ column }} in (
        {%- for date in dates %}
        cast('{{ date }}' as date){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro spark__delete_dates(relation, column, dates) -%}
    {%- for date in dates -%}
        {%- do run_query('alter table ' ~ relation ~ ' drop partition (' ~ column ~ " = '" ~ date ~ "')") -%}
    {%- endfor -%}
{%- endmacro %}
