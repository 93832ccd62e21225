{# The dates to score, as texts in their order: one date, a list, a range with a step, or the UTC
   date of the run. #}
{% macro scoring_dates() -%}
    {%- set as_of = var('lead_scoring__as_of', none) -%}
    {%- set first = var('lead_scoring__as_of_from', none) -%}
    {%- set last = var('lead_scoring__as_of_to', none) -%}
    {%- if first is none and last is none -%}
        {%- if as_of is none -%}
            {%- set as_of = run_started_at.strftime('%Y-%m-%d') -%}
        {%- endif -%}
        {%- set dates = [] -%}
        {%- for text in ([as_of] if as_of is string or as_of is not iterable else as_of) -%}
            {%- do dates.append(lead_scoring.checked_date(text, 'lead_scoring__as_of') | string) -%}
        {%- endfor -%}
        {%- if not dates -%}
            {{ exceptions.raise_compiler_error('The variable lead_scoring__as_of names no date.') }}
        {%- endif -%}
        {{ return(dates | unique | sort) }}
    {%- endif -%}
    {%- if as_of is not none or first is none or last is none -%}
        {{ exceptions.raise_compiler_error(
            'The dates to score are either lead_scoring__as_of or both lead_scoring__as_of_from and lead_scoring__as_of_to.'
        ) }}
    {%- endif -%}
    {{ return(lead_scoring.stepped_dates(
        lead_scoring.checked_date(first, 'lead_scoring__as_of_from'),
        lead_scoring.checked_date(last, 'lead_scoring__as_of_to'),
        var('lead_scoring__as_of_every', 'day'),
    )) }}
{%- endmacro %}

{# From the first date on, each step's date up to the last. A month's step keeps the day of the month,
   or takes the month's last day where it has no such day. #}
{% macro stepped_dates(first, last, step) -%}
    {%- if step not in ('day', 'week', 'month') -%}
        {{ exceptions.raise_compiler_error('The variable lead_scoring__as_of_every is day, week or month.') }}
    {%- endif -%}
    {%- if first > last -%}
        {{ exceptions.raise_compiler_error('The date lead_scoring__as_of_from is later than lead_scoring__as_of_to.') }}
    {%- endif -%}
    {%- set dates = [] -%}
    {%- if step == 'month' -%}
        {%- for number in range((last.year - first.year) * 12 + last.month - first.month + 1) -%}
            {%- set month = first.month - 1 + number -%}
            {%- set first_day = modules.datetime.date(first.year + month // 12, month % 12 + 1, 1) -%}
            {%- set next_month = (first_day + modules.datetime.timedelta(days=31)).replace(day=1) -%}
            {%- set days = (next_month - first_day).days -%}
            {%- do dates.append(first_day.replace(day=[first.day, days] | min)) -%}
        {%- endfor -%}
    {%- else -%}
        {%- set days = 7 if step == 'week' else 1 -%}
        {%- for number in range((last - first).days // days + 1) -%}
            {%- do dates.append(first + modules.datetime.timedelta(days=number * days)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set texts = [] -%}
    {%- for date in dates if date <= last -%}
        {%- do texts.append(date | string) -%}
    {%- endfor -%}
    {{ return(texts) }}
{%- endmacro %}

{# A text of the form YYYY-MM-DD that is a day of the calendar, or a date as YAML reads one, as a date. #}
{% macro checked_date(value, variable) -%}
    {%- set text = value | string -%}
    {%- if modules.re.fullmatch('(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', text) -%}
        {%- set first_day = modules.datetime.date(text[:4] | int, text[5:7] | int, 1) -%}
        {%- set date = first_day + modules.datetime.timedelta(days=(text[8:] | int) - 1) -%}
        {%- if date.month == first_day.month -%}
            {{ return(date) }}
        {%- endif -%}
    {%- endif -%}
    {{ exceptions.raise_compiler_error(
        'The variable ' ~ variable ~ ' holds dates of the form YYYY-MM-DD; "' ~ text ~ '" is none.'
    ) }}
{%- endmacro %}
