{# The select list that makes an event of an input row: the contract's columns trimmed and typed, the
   others as text. `columns` are the input's, wherever they stand by now. #}
{% macro event_columns(columns) -%}
        {{ lead_scoring.input_text(columns, 'event_id') }} as event_id,
        {{ lead_scoring.input_text(columns, 'lead_id') }} as lead_id,
        {{ lead_scoring.lowered(lead_scoring.input_text(columns, 'event_type')) }} as event_type,
        {{ lead_scoring.input_timestamp(columns, 'occurred_at') }} as occurred_at,
        {{ lead_scoring.input_timestamp(columns, 'loaded_at') }} as loaded_at
        {%- for name in lead_scoring.contract_columns('events') %},
        {{ lead_scoring.input_text(columns, name) }} as {{ name }}
        {%- endfor %}
        {%- for column in lead_scoring.extra_columns(columns, 'events') %},
        {{ lead_scoring.column_text(column) }} as {{ column.alias }}
        {%- endfor %}
{%- endmacro %}
