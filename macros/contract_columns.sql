{# The optional text columns of each input, in the contract's order; the required ones and the
   timestamps have a line of their own in the staging models. #}
{% macro contract_columns(relation) -%}
    {%- set contract = {
        'leads': [
            'full_name', 'first_name', 'last_name', 'email', 'job_title', 'company_name',
            'company_domain', 'industry', 'country', 'region', 'lead_source', 'account_id',
            'company_size', 'annual_revenue',
            'is_customer', 'is_employee', 'is_competitor', 'is_unsubscribed',
        ],
        'events': ['channel', 'campaign', 'content', 'page_url', 'value'],
    } -%}
    {{ return(contract[relation]) }}
{%- endmacro %}
