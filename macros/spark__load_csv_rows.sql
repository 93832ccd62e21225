{# Cells as literals, since the adapter's own macro writes a blank one as the text None and escapes
   neither quotes nor backslashes. Spark turns what a type can't hold into null unless told not to. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set column_types = model['config'].get('column_types', {}) -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set insert -%}
insert into {{ this.render() }}
select
    {% for name in agate_table.column_names -%}
    {%- set type = column_types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
    {%- set cell = 'cells.cell_' ~ loop.index -%}
    case
        when {{ cell }} is not null
            then
                coalesce(
                    try_cast({{ cell }} as {{ type }}),
                    raise_error({{ lead_scoring.text_literal(name ~ ' is no ' ~ type ~ ': ') }} || {{ cell }})
                )
    end
    {%- if not loop.last %},
    {% endif -%}
    {%- endfor %}
from values
    {% for row in rows -%}
    (
    {%- for value in row -%}
        {{ 'null' if value is none else lead_scoring.text_literal(value) }}
        {%- if not loop.last %}, {% endif -%}
    {%- endfor -%}
    )
    {%- if not loop.last %},
    {% endif -%}
    {%- endfor %}
    as cells (
    {%- for _ in agate_table.column_names -%}
        cell_{{ loop.index }}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
    )
        {%- endset -%}
        {%- do adapter.add_query(insert, abridge_sql_log=True) -%}
        {%- do statements.append(insert) -%}
    {%- endfor -%}
    {{ return(statements[0]) }}
{%- endmacro %}
