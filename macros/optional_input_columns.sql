{# What input_columns finds in an input that may be missing: nothing where it is. One that the variable
   names has to be there. #}
{% macro optional_input_columns(relation, variable) -%}
    {%- if execute and load_relation(relation) is none -%}
        {%- if var(variable, none) is not none -%}
            {{ exceptions.raise_compiler_error('There is no ' ~ relation ~ ', which the variable ' ~ variable ~ ' names.') }}
        {%- endif -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(lead_scoring.input_columns(relation)) }}
{%- endmacro %}
