-- As many leads as asked for, the same at every run: every value is drawn from a digest of the
-- lead's number.
with

numbers as (

    select
        number,
        cast(md5_number_lower('lead ' || number) >> 1 as bigint) as draw,
        cast(md5_number_upper('lead ' || number) >> 1 as bigint) as other_draw
    from range($leads) as numbers (number)

)

select
    'L' || lpad(cast(number as varchar), 8, '0') as lead_id,
    timestamp '2024-01-01' + to_seconds(cast(draw % (900 * 86400) as bigint)) as created_at,
    timestamp '2026-06-01' + to_seconds(cast(other_draw % (29 * 86400) as bigint)) as updated_at,
    'Person ' || number as full_name,
    'person.' || number || '@' || case
        when draw // 7 % 5 = 0 then 'gmail.com'
        else 'company-' || (other_draw // 11 % 40000) || '.example'
    end as email,
    [
        'VP Sales', 'Marketing Manager', 'Director of Operations', 'Software Engineer', 'CEO',
        'Senior Data Analyst', 'Sales Specialist', 'Student', 'Head of Product', 'Accountant'
    ][1 + draw // 13 % 10] || case when draw // 17 % 3 = 0 then ', Region ' || (draw // 19 % 60) else '' end
        as job_title,
    'Company ' || (other_draw // 11 % 40000) as company_name,
    [
        'Software', 'Insurance', 'Retail', 'Manufacturing', 'Information Technology', 'Media',
        'Hospital & Health Care', 'Construction'
    ][1 + draw // 23 % 8] as industry,
    ['United States', 'DE', 'France', 'India', 'Brasil', 'United Kingdom', 'Japan'][1 + draw // 29 % 7] as country,
    ['Website', 'Partner', 'Paid Search', 'Webinar', 'Cold List'][1 + draw // 31 % 5] as lead_source,
    cast(floor(power(10, (other_draw // 37 % 5000) / 1000)) as bigint) as company_size,
    cast(other_draw // 41 % 60000 as bigint) as budget,
    draw // 43 % 50 = 0 as is_customer,
    draw // 47 % 200 = 0 as is_competitor,
    draw // 53 % 30 = 0 as is_unsubscribed
from numbers
