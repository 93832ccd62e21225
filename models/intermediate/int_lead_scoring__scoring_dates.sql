-- Everything below is keyed by these dates; an ordinary night has one.
select {{ lead_scoring.scoring_date() }} as as_of_date
