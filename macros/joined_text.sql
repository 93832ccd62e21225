{# An aggregate: texts with a separator between them, ordered by another text. #}
{% macro joined_text(expression, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'lead_scoring')(expression, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined_text(expression, separator, order_by) -%}
    {{ dbt.listagg(expression, "'" ~ separator ~ "'", 'order by ' ~ lead_scoring.in_byte_order(order_by) ~ ' asc') }}
{%- endmacro %}

{# dbt's own macro leaves the order out here, and listagg can be ordered by another text on some only. #}
{% macro spark__joined_text(expression, separator, order_by) -%}
    array_join(
        transform(array_sort(collect_list(struct({{ order_by }} as place, {{ expression }} as part))), pair -> pair.part),
        '{{ separator }}'
    )
{%- endmacro %}
