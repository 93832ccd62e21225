-- What the warehouse received on one day, `$day` days after 2024-07-01: that day's events, one in
-- thirty of them up to 30 days late, and one in 250 of those of the day before for a second time.
-- Every value is drawn from a digest of the event's number, so a day is the same at every run.
with

numbers as (

    select
        number,
        $day as loaded_day,
        false as is_repeated
    from range($day * $events_a_day, ($day + 1) * $events_a_day) as numbers (number)

    union all

    select
        number,
        $day as loaded_day,
        true as is_repeated
    from range(greatest($day - 1, 0) * $events_a_day, $day * $events_a_day) as numbers (number)
    where number % 250 = 0

),

drawn as (

    select
        number,
        loaded_day,
        is_repeated,
        number // $events_a_day as sent_day,
        cast(md5_number_lower('event ' || number) >> 1 as bigint) as draw,
        cast(md5_number_upper('event ' || number) >> 1 as bigint) as other_draw
    from numbers

),

typed as (

    select
        number,
        loaded_day,
        is_repeated,
        draw,
        other_draw,
        case
            when draw // 3 % 30 = 0 then greatest(sent_day - cast(other_draw // 5 % 31 as bigint), 0)
            else sent_day
        end as occurred_day,
        case
            when draw % 1000 < 550 then 'page_view'
            when draw % 1000 < 730 then 'email_open'
            when draw % 1000 < 790 then 'email_click'
            when draw % 1000 < 890 then 'product_usage'
            when draw % 1000 < 920 then 'video_watched'
            when draw % 1000 < 950 then 'content_download'
            when draw % 1000 < 960 then 'webinar_attended'
            when draw % 1000 < 964 then 'demo_request'
            when draw % 1000 < 967 then 'trial_start'
            when draw % 1000 < 970 then 'unsubscribe'
            when draw % 1000 < 976 then 'email_bounce'
            else 'session_started'
        end as event_type
    from drawn

)

select
    'E' || lpad(cast(number as varchar), 9, '0') as event_id,
    -- A cubed draw: the most active hundredth of the leads has a fifth of the events.
    'L' || lpad(
        cast(least(floor($leads * power((other_draw % 1000003) / 1000003.0, 3)), $leads - 1) as bigint)::varchar, 8, '0'
    ) as lead_id,
    event_type,
    timestamp '2024-07-01' + to_days(cast(occurred_day as integer))
    + to_seconds(cast(other_draw // 7 % 80000 as bigint)) as occurred_at,
    timestamp '2024-07-01' + to_days(cast(loaded_day as integer))
    + to_seconds(82000 + cast(other_draw // 7 % 1800 as bigint)) as loaded_at,
    ['web', 'email', 'app', 'social', 'event'][1 + draw // 11 % 5] as channel,
    'campaign ' || (draw // 13 % 40) as campaign,
    case
        when event_type = 'page_view' and draw // 17 % 20 = 0 then '/pricing'
        when event_type = 'page_view' and draw // 17 % 50 = 1 then '/careers/' || (draw // 19 % 20)
        when event_type = 'page_view' then '/page/' || (draw // 23 % 200)
    end as page_url,
    case when event_type = 'video_watched' then round((draw // 29 % 300) / 10, 1) end as value
from typed
order by occurred_at, event_id
