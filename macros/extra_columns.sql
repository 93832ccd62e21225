{# Input columns that the contract does not name. They keep their names behind a prefix, so that
   none of them can meet a column of ours. #}
{% macro extra_columns(columns, relation) -%}
    {%- set known = lead_scoring.contract_columns(relation) + {
        'leads': ['lead_id', 'created_at', 'updated_at'],
        'events': ['event_id', 'lead_id', 'event_type', 'occurred_at', 'loaded_at'],
    }[relation] -%}
    {%- set extra = [] -%}
    {%- for column in columns | sort(attribute='name') if column.name not in known -%}
        {%- do extra.append({
            'name': column.name,
            'quoted': column.quoted,
            'data_type': column.data_type,
            'alias': lead_scoring.quoted_name('extra__' ~ column.name),
        }) -%}
    {%- endfor -%}
    {{ return(extra) }}
{%- endmacro %}
