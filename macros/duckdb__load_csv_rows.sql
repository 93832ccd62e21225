{# The adapter's own statement, with room for the longest cell that a configuration may hold. #}
{% macro duckdb__load_csv_rows(model, agate_table) -%}
    {%- set load -%}
        copy {{ this.render() }} from {{ lead_scoring.text_literal(adapter.get_seed_file_path(model)) }}
        (format csv, header true, delimiter ',', quote '"', escape '"', max_line_size 67108864)
    {%- endset -%}
    {%- do adapter.add_query(load, abridge_sql_log=True) -%}
    {{ return(load) }}
{%- endmacro %}
