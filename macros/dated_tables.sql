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
