{# Whether what was counted of events by day is kept from build to build, and only days of which events
   were loaded since are counted again. Rows of a Parquet table can't be deleted, so Spark counts anew. #}
{% macro keeps_events() -%}
    {%- set value = var('lead_scoring__incremental_events', false) -%}
    {%- if value is not boolean -%}
        {{ exceptions.raise_compiler_error('The variable lead_scoring__incremental_events is true or false.') }}
    {%- endif -%}
    {{ return(value and target.type != 'spark') }}
{%- endmacro %}

{# Until when events were loaded that the last finished build has counted, as a text; none where there
   is no such build, or a full refresh is asked for: all events are counted then. What a build left that
   was cut short is replaced. #}
{% macro events_counted_until() -%}
    {%- if execute and lead_scoring.keeps_events() and not flags.FULL_REFRESH -%}
        {%- set kept = ['event_days', 'set_aside_events', 'event_state'] -%}
        {%- set built = [] -%}
        {%- for name in kept -%}
            {%- do built.append(lead_scoring.built_relation('int_lead_scoring__' ~ name)) -%}
        {%- endfor -%}
        {%- if none not in built -%}
            {%- set found = run_query('select min(loaded_until) as loaded_until from ' ~ built[2]) -%}
            {%- set loaded_until = found.columns[0].values()[0] -%}
            {{ return(none if loaded_until is none else loaded_until | string) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# How many days before the latest event are counted again where events have no loaded_at. #}
{% macro event_lookback_days() -%}
    {{ return(lead_scoring.whole_number('lead_scoring__event_lookback_days', var('lead_scoring__event_lookback_days', 3))) }}
{%- endmacro %}

{# How many events the source does not show, since none of their days is counted in this build. #}
{% macro event_rows_left_out() -%}
    {{ return(lead_scoring.whole_number('lead_scoring__event_rows_left_out', var('lead_scoring__event_rows_left_out', 0))) }}
{%- endmacro %}

{% macro whole_number(variable, number) -%}
    {%- if not modules.re.fullmatch('[0-9]+', number | string) -%}
        {{ exceptions.raise_compiler_error('The variable ' ~ variable ~ ' is a whole number.') }}
    {%- endif -%}
    {{ return(number | int) }}
{%- endmacro %}

{# The condition that an event is counted in this build: all are, where there is nothing to go on from;
   else those of the touched dates, and through a filter that was not there before those of any date. #}
{% macro is_counted_now(events, event_filters=none) -%}
    {#- What it reads is a reference before there is a warehouse to look at. -#}
    {%- if lead_scoring.keeps_events() and not execute -%}
        {%- do ref('int_lead_scoring__touched_event_dates') -%}
    {%- endif -%}
    {%- if lead_scoring.events_counted_until() is none -%}
        {%- if execute and lead_scoring.event_rows_left_out() > 0 -%}
            {{ exceptions.raise_compiler_error('All events are to be counted, and some are left out of the source.') }}
        {%- endif -%}
    1 = 1
    {%- elif event_filters is not none and lead_scoring.has_new_filters() -%}
    (
        {{ lead_scoring.is_on_touched_date(events) }}
        or {{ event_filters }}.filter_key not in (
            select filter_key from {{ lead_scoring.built_relation('int_lead_scoring__event_state') }}
        )
    )
    {%- else -%}
    {{ lead_scoring.is_on_touched_date(events) }}
    {%- endif -%}
{%- endmacro %}

{# The first day is a literal, so that no file or partition before it is read. #}
{% macro is_on_touched_date(events) -%}
    {%- set dates = ref('int_lead_scoring__touched_event_dates') -%}
    {%- set first = run_query('select min(event_date) as first_date from ' ~ dates).columns[0].values()[0] -%}
    {%- if first is none -%}
    1 = 0
    {%- else -%}
    (
        {{ events }}.occurred_at >= cast('{{ first }}' as {{ dbt.type_timestamp() }})
        and {{ events }}.event_date in (select event_date from {{ dates }})
    )
    {%- endif -%}
{%- endmacro %}

{# Whether there is a filter through which the last finished build has not counted. #}
{% macro has_new_filters() -%}
    {%- set new_filters -%}
    select count(*) as filters
    from {{ ref('int_lead_scoring__event_filters') }}
    where filter_key not in (select filter_key from {{ lead_scoring.built_relation('int_lead_scoring__event_state') }})
    {%- endset -%}
    {{ return(run_query(new_filters).columns[0].values()[0] > 0) }}
{%- endmacro %}

{# Removes from a kept table what this build counts again, and what was counted through filters that
   nobody uses any more. A build that keeps nothing leaves nothing to go on from. #}
{% macro forget_counted_now(relation, is_by_filter) -%}
    {%- if execute and lead_scoring.keeps_events() and flags.EMPTY is not true -%}
        {%- if load_relation(relation) is not none -%}
    delete from {{ relation }}
    where
            {%- if lead_scoring.events_counted_until() is none %}
        1 = 1
            {%- else %}
        event_date in (select event_date from {{ ref('int_lead_scoring__touched_event_dates') }})
                {%- if is_by_filter %}
        or (filter_key != '' and filter_key not in (select filter_key from {{ ref('int_lead_scoring__event_filters') }}))
        or filter_key not in (select filter_key from {{ lead_scoring.built_relation('int_lead_scoring__event_state') }})
                {%- else %}
        or event_date is null
                {%- endif -%}
            {%- endif -%}
        {%- endif -%}
    {%- elif execute -%}
        {%- set state = adapter.get_relation(relation.database, relation.schema, 'int_lead_scoring__event_state') -%}
        {%- if state is not none -%}
    drop table if exists {{ state }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
