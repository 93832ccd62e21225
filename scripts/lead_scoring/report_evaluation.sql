-- What a page shows of an evaluation, whose tables are attached as `evaluated`, of the model in
-- report.subject.

-- One row: what the evaluation was of.
create view report.evaluation_run as
select * from evaluated.lead_scoring__evaluation_run;

-- One row per evaluated model.
create view report.evaluated_models as
select
    summary.*,
    summary.model_id = subject.model_id as is_subject
from evaluated.lead_scoring__evaluation_summary as summary
cross join report.subject
where summary.slice = 'overall';

-- One row per tenth of the leads, with the share of the leads up to it.
create view report.tenths as
select
    deciles.*,
    sum(deciles.lead_dates) over (order by deciles.decile) / sum(deciles.lead_dates) over ()
        as cumulative_share
from evaluated.lead_scoring__evaluation_deciles as deciles
inner join report.subject on deciles.model_id = subject.model_id;

-- One row per stage.
create view report.evaluated_stages as
select
    stages.*,
    row_number() over (order by stages.stage_order asc nulls last, stages.name asc) as place
from evaluated.lead_scoring__evaluation_stages as stages
inner join report.subject on stages.model_id = subject.model_id
where stages.kind = 'stage';

-- One row per criterion; the first tell most.
create view report.criteria as
select
    criteria.*,
    row_number() over (order by criteria.information_value desc, criteria.criterion_id asc) as place
from evaluated.lead_scoring__evaluation_criteria as criteria
inner join report.subject on criteria.model_id = subject.model_id;

-- One row per tenth of the leads by probability.
create view report.probabilities as
select calibration.*
from evaluated.lead_scoring__evaluation_calibration as calibration
inner join report.subject on calibration.model_id = subject.model_id;

-- One row per month of scoring dates.
create view report.months as
select summary.*
from evaluated.lead_scoring__evaluation_summary as summary
inner join report.subject on summary.model_id = subject.model_id
where summary.slice = 'period';
