-- The default model `b2b_saas` as one who writes SQL by hand would score it: rules as literals,
-- doubles in place of exact decimals. `query.py` sets the variables and writes the two results,
-- `contributions` and `ranked_leads`.
create temp view read_events as
select
    event_id,
    lead_id,
    event_type,
    occurred_at,
    loaded_at,
    page_url,
    value,
    cast(occurred_at as date) as event_date,
    date_diff('day', cast(occurred_at as date), getvariable('as_of')) as age
from read_parquet(getvariable('events'))
where cast(occurred_at as date) <= getvariable('as_of');

create temp table repeated_ids as
select event_id, event_date
from read_events
group by event_id, event_date
having count(*) > 1;

create temp view events as
select lead_id, event_type, event_date, age, page_url, value
from read_events
anti join repeated_ids using (event_id, event_date)

union all

select lead_id, event_type, event_date, age, page_url, value
from read_events
semi join repeated_ids using (event_id, event_date)
qualify row_number() over (
    partition by event_id, event_date
    order by loaded_at desc nulls last, occurred_at asc, lead_id asc, event_type asc
) = 1;

create temp table people as
with

read_leads as (

    select
        *,
        nullif(lower(split_part(email, '@', -1)), '') as email_domain,
        ' ' || trim(regexp_replace(lower(industry), '[^\p{L}\p{Nd}]+', ' ', 'g')) || ' ' as industry_words,
        ' ' || trim(regexp_replace(lower(lead_source), '[^\p{L}\p{Nd}]+', ' ', 'g')) || ' ' as source_words,
        trim(regexp_replace(lower(country), '[^\p{L}\p{Nd}]+', ' ', 'g')) as country_name
    from read_parquet(getvariable('leads'))
    where coalesce(cast(created_at as date) <= getvariable('as_of'), true)

),

titles as (

    select distinct
        job_title,
        ' ' || trim(regexp_replace(lower(job_title), '[^\p{L}\p{Nd}]+', ' ', 'g')) || ' ' as words
    from read_leads
    where job_title is not null

),

title_words as (

    select * from read_csv(getvariable('reference') || '/lead_scoring__title_words.csv', all_varchar = true)

),

told_by_titles as (

    select
        titles.job_title,
        min_by(title_words.result, title_words.priority::integer)
            filter (where title_words.attribute = 'seniority') as seniority,
        min_by(title_words.result, title_words.priority::integer)
            filter (where title_words.attribute = 'job_function') as job_function
    from titles
    inner join title_words on contains(titles.words, ' ' || title_words.phrase || ' ')
    group by titles.job_title

),

countries as (

    select country_name, lower(country_code) as country_code
    from read_csv(getvariable('reference') || '/lead_scoring__country_names.csv', all_varchar = true)

),

free_domains as (

    select email_domain
    from read_csv(getvariable('reference') || '/lead_scoring__free_email_domains.csv', all_varchar = true)

),

disposable_domains as (

    select email_domain
    from read_csv(getvariable('reference') || '/lead_scoring__disposable_email_domains.csv', all_varchar = true)

)

select
    read_leads.*,
    told_by_titles.seniority,
    told_by_titles.job_function,
    countries.country_code,
    free_domains.email_domain is not null as is_free_email,
    nullif(concat_ws(
        '; ',
        case when read_leads.is_competitor then 'competitor' end,
        case when read_leads.email_domain in ('rivalmetrics.example', 'scorepeak.example')
            then 'address of a competitor' end,
        case when read_leads.is_customer then 'existing customer' end,
        case when disposable_domains.email_domain is not null then 'disposable e-mail address' end,
        case when read_leads.is_unsubscribed then 'unsubscribed' end
    ), '') as exclusion_reasons
from read_leads
left join told_by_titles using (job_title)
left join countries using (country_name)
left join free_domains on read_leads.email_domain = free_domains.email_domain
left join disposable_domains on read_leads.email_domain = disposable_domains.email_domain;

create temp table habits as
select
    lead_id,
    max(event_date) as last_engaged_on,
    min(age) as days_silent,
    min(age) filter (where event_type = 'page_view') as days_since_visit,
    count(*) filter (where age < 30) as recent_events,
    sum(value) filter (where event_type = 'video_watched' and age < 90) as video_minutes
from events
group by lead_id;

create temp table contributions as
with

daily as materialized (

    select
        lead_id,
        event_type,
        event_date,
        age,
        count(*) as n,
        count(*) filter (where contains(lower(page_url), '/pricing')) as pricing,
        count(*) filter (where contains(lower(page_url), '/careers')) as careers,
        count(*) filter (where value >= 3) as long_videos
    from events
    where age < 180
    group by lead_id, event_type, event_date, age

),

counted as (

    select lead_id, 'page_views' as criterion_id, 30 as most, event_date, least(n, 5) as n,
        round(power(0.5, age / 14.0), 6) as worth
    from daily where event_type = 'page_view' and age < 90
    union all
    select lead_id, 'pricing_views', 5, event_date, least(pricing, 2), round(6 * power(0.5, age / 14.0), 6)
    from daily where event_type = 'page_view' and age < 90 and pricing > 0
    union all
    select lead_id, 'careers_views', 3, event_date, least(careers, 1), -6
    from daily where event_type = 'page_view' and age < 90 and careers > 0
    union all
    select lead_id, 'email_opens', 10, event_date, least(n, 1), round(0.5 * (1 - age / 60.0), 6)
    from daily where event_type = 'email_open' and age < 60
    union all
    select lead_id, 'email_clicks', 10, event_date, least(n, 2), round(3 * (1 - age / 90.0), 6)
    from daily where event_type = 'email_click' and age < 90
    union all
    select lead_id, 'content_downloads', 5, event_date, least(n, 2), round(6 * power(0.5, age / 30.0), 6)
    from daily where event_type = 'content_download'
    union all
    select lead_id, 'video_views', 5, event_date, least(long_videos, 1), round(4 * power(0.5, age / 30.0), 6)
    from daily where event_type = 'video_watched' and age < 90 and long_videos > 0
    union all
    select lead_id, 'webinars', 3, event_date, least(n, 1), round(12 * power(0.5, age / 30.0), 6)
    from daily where event_type = 'webinar_attended'
    union all
    select lead_id, 'demo_requests', 1, event_date, n, 40 * (1 - 0.25 * (age // 30))
    from daily where event_type = 'demo_request' and age < 90
    union all
    select lead_id, 'trial_requests', 1, event_date, n, 35 * (1 - 0.25 * (age // 30))
    from daily where event_type = 'trial_start' and age < 90
    union all
    select lead_id, 'product_usage', 20, event_date, least(n, 1), round(3 * power(0.5, age / 14.0), 6)
    from daily where event_type = 'product_usage' and age < 60
    union all
    select lead_id, 'unsubscribes', 1, event_date, n, -20
    from daily where event_type = 'unsubscribe'
    union all
    select lead_id, 'bounces', 2, event_date, least(n, 1), -8
    from daily where event_type = 'email_bounce'

),

newest_first as (

    select
        *,
        coalesce(sum(n) over (
            partition by lead_id, criterion_id
            order by event_date desc
            rows between unbounded preceding and 1 preceding
        ), 0) as newer
    from counted

),

earned as (

    select
        lead_id,
        criterion_id,
        sum(least(n, most - newer)) as occurrences,
        round(sum(worth * least(n, most - newer)), 6) as points,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date
    from newest_first
    where newer < most
    group by lead_id, criterion_id

    union all

    select lead_id, unnest(matched).criterion_id, 1, unnest(matched).points, null, null
    from (
        select
            people.lead_id,
            list_filter(
                [
                    {criterion_id: 'seniority_executive', points: 30, met: seniority in ('founder', 'c_level', 'vp')},
                    {criterion_id: 'seniority_director', points: 24, met: seniority = 'director'},
                    {criterion_id: 'seniority_manager', points: 15, met: seniority = 'manager'},
                    {criterion_id: 'seniority_professional', points: 6, met: seniority in ('senior', 'specialist')},
                    {criterion_id: 'function_core', points: 20, met: job_function in ('marketing', 'sales')},
                    {criterion_id: 'function_adjacent', points: 12,
                        met: job_function in ('management', 'data', 'operations', 'product')},
                    {criterion_id: 'industry_core', points: 15, met:
                        contains(industry_words, ' software ') or contains(industry_words, ' saas ')
                        or contains(industry_words, ' internet ') or contains(industry_words, ' computer ')
                        or contains(industry_words, ' information technology ')},
                    {criterion_id: 'industry_adjacent', points: 8, met:
                        contains(industry_words, ' financial ') or contains(industry_words, ' insurance ')
                        or contains(industry_words, ' telecommunications ')
                        or contains(industry_words, ' consulting ')
                        or contains(industry_words, ' professional services ')
                        or contains(industry_words, ' media ')},
                    {criterion_id: 'company_small', points: 6, met: company_size between 10 and 49},
                    {criterion_id: 'company_mid', points: 20, met: company_size between 50 and 999},
                    {criterion_id: 'company_large', points: 14, met: company_size >= 1000},
                    {criterion_id: 'country_core', points: 10,
                        met: country_code in ('us', 'ca', 'gb', 'ie', 'de', 'at', 'ch')},
                    {criterion_id: 'country_served', points: 6, met: country_code in (
                        'fr', 'es', 'it', 'pt', 'nl', 'be', 'se', 'dk', 'no', 'fi', 'pl'
                    )},
                    {criterion_id: 'budget_confirmed', points: 15, met: budget >= 25000},
                    {criterion_id: 'budget_small', points: 7, met: budget between 5000 and 24999.99},
                    {criterion_id: 'partner_sourced', points: 5,
                        met: contains(source_words, ' partner ') or contains(source_words, ' reseller ')},
                    {criterion_id: 'free_email', points: -12, met: is_free_email},
                    {criterion_id: 'student', points: -30, met: seniority = 'student'},
                    {criterion_id: 'video_minutes', points: 5, met: round(video_minutes, 4) >= 20},
                    {criterion_id: 'active_often', points: 8, met: recent_events >= 10},
                    {criterion_id: 'active_lately', points: 7, met: days_since_visit <= 7},
                    {criterion_id: 'silent_60_days', points: -20, met: days_silent >= 60}
                ],
                lambda rule: rule.met
            ) as matched
        from people
        left join habits using (lead_id)
    )

),

criteria (criterion_id, group_id, description) as (

    values
    ('seniority_executive', 'seniority', 'Founder, executive or vice president'),
    ('seniority_director', 'seniority', 'Director or head of a department'),
    ('seniority_manager', 'seniority', 'Manager or team lead'),
    ('seniority_professional', 'seniority', 'Senior professional or specialist'),
    ('function_core', 'job_function', 'Works in marketing or sales'),
    ('function_adjacent', 'job_function', 'Works in management, data, operations or product'),
    ('industry_core', 'company', 'Software or internet company'),
    ('industry_adjacent', 'company', 'Industry next to our core'),
    ('company_small', 'company', 'Company of 10 to 49 people'),
    ('company_mid', 'company', 'Company of 50 to 999 people'),
    ('company_large', 'company', 'Company of 1000 people or more'),
    ('country_core', 'location', 'In a country with a sales team'),
    ('country_served', 'location', 'In a country that partners serve'),
    ('budget_confirmed', 'budget', 'Has a budget of 25000 a year or more'),
    ('budget_small', 'budget', 'Has a budget of 5000 to 25000 a year'),
    ('partner_sourced', 'origin', 'Referred by a partner'),
    ('free_email', 'poor_fit', 'Wrote from a free-mail address'),
    ('student', 'poor_fit', 'Student or intern'),
    ('page_views', 'website', 'Viewed pages of the website in the last 90 days'),
    ('pricing_views', 'website', 'Viewed the pricing page in the last 90 days'),
    ('email_opens', 'email', 'Opened e-mails in the last 60 days'),
    ('email_clicks', 'email', 'Clicked links in e-mails in the last 90 days'),
    ('content_downloads', 'content', 'Downloaded content in the last 180 days'),
    ('video_views', 'content', 'Watched a video for three minutes or more in the last 90 days'),
    ('video_minutes', 'content', 'Watched 20 minutes of video or more in the last 90 days'),
    ('webinars', 'content', 'Attended webinars in the last 180 days'),
    ('demo_requests', 'intent', 'Asked for a demo in the last 90 days'),
    ('trial_requests', 'intent', 'Started a trial in the last 90 days'),
    ('product_usage', 'product', 'Used the product in the last 60 days'),
    ('active_often', 'rhythm', 'Ten activities or more in the last 30 days'),
    ('active_lately', 'rhythm', 'Visited the website within a week'),
    ('unsubscribes', 'poor_engagement', 'Unsubscribed from a mailing in the last 180 days'),
    ('bounces', 'poor_engagement', 'E-mails bounced in the last 180 days'),
    ('careers_views', 'poor_engagement', 'Looked at our job openings in the last 90 days'),
    ('silent_60_days', 'poor_engagement', 'Silent for 60 days or more')

)

select
    earned.lead_id,
    earned.criterion_id,
    criteria.group_id,
    criteria.description,
    earned.occurrences,
    earned.points,
    earned.first_event_date,
    earned.last_event_date
from earned
inner join people using (lead_id)
inner join criteria using (criterion_id);

create temp table ranked_leads as
with

groups as (

    select
        lead_id,
        least(coalesce(max(points) filter (where group_id = 'seniority'), 0), 30)
        + least(coalesce(max(points) filter (where group_id = 'job_function'), 0), 20)
        + least(coalesce(sum(points) filter (where group_id = 'company'), 0), 35)
        + least(coalesce(max(points) filter (where group_id = 'location'), 0), 10)
        + least(coalesce(max(points) filter (where group_id = 'budget'), 0), 15)
        + least(coalesce(sum(points) filter (where group_id = 'origin'), 0), 5)
        + greatest(coalesce(sum(points) filter (where group_id = 'poor_fit'), 0), -40) as fit_sum,
        least(coalesce(sum(points) filter (where group_id = 'website'), 0), 30)
        + least(coalesce(sum(points) filter (where group_id = 'email'), 0), 15)
        + least(coalesce(sum(points) filter (where group_id = 'content'), 0), 35)
        + least(coalesce(sum(points) filter (where group_id = 'intent'), 0), 60)
        + least(coalesce(sum(points) filter (where group_id = 'product'), 0), 25)
        + least(coalesce(sum(points) filter (where group_id = 'rhythm'), 0), 15)
        + greatest(coalesce(sum(points) filter (where group_id = 'poor_engagement'), 0), -50) as engagement_sum,
        bool_or(criterion_id = 'partner_sourced') as is_partner_sourced
    from contributions
    group by lead_id

),

reasons as (

    select
        lead_id,
        max(description) filter (where place = 1) as reason_1,
        max(description) filter (where place = 2) as reason_2,
        max(description) filter (where place = 3) as reason_3
    from (
        select
            lead_id,
            description,
            row_number() over (partition by lead_id order by points desc, criterion_id asc) as place
        from contributions
        where points > 0
    )
    where place <= 3
    group by lead_id

),

scored as (

    select
        people.lead_id,
        people.exclusion_reasons,
        habits.last_engaged_on,
        coalesce(groups.is_partner_sourced, false) as is_partner_sourced,
        round(least(coalesce(groups.fit_sum, 0), 100), 4) as fit_points,
        round(least(coalesce(groups.engagement_sum, 0), 100), 4) as engagement_points,
        round(least(greatest(0.4 * fit_points + 0.6 * engagement_points, 0), 100), 4) as score,
        reasons.reason_1,
        reasons.reason_2,
        reasons.reason_3
    from people
    left join groups using (lead_id)
    left join habits using (lead_id)
    left join reasons using (lead_id)

),

staged as (

    select
        *,
        case
            when fit_points >= 70 then 'A'
            when fit_points >= 50 then 'B'
            when fit_points >= 25 then 'C'
            else 'D'
        end as fit_band,
        case
            when engagement_points >= 60 then '1'
            when engagement_points >= 25 then '2'
            when engagement_points >= 8 then '3'
            else '4'
        end as engagement_band,
        case
            when exclusion_reasons is not null then 'disqualified'
            when score >= 60 and fit_points >= 45 and engagement_points >= 45 then 'sql'
            when score >= 37 and fit_points >= 30 and engagement_points >= 18 and is_partner_sourced then 'eql'
            when score >= 37 and fit_points >= 30 and engagement_points >= 18 then 'mql'
            when score >= 16 and engagement_points >= 3 then 'lead'
            else 'prospect'
        end as stage
    from scored

)

select
    lead_id,
    case when exclusion_reasons is null then row_number() over (
        partition by exclusion_reasons is null
        order by score desc, engagement_points desc, last_engaged_on desc nulls last, lead_id asc
    ) end as score_rank,
    score,
    fit_points,
    engagement_points,
    fit_band,
    engagement_band,
    stage,
    exclusion_reasons,
    last_engaged_on,
    reason_1,
    reason_2,
    reason_3
from staged;
