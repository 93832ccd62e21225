-- What a page shows of an evaluation, whose tables are attached as `evaluated`, of the model in
-- report.subject.

-- One row: what the evaluation was of.
create view report.evaluation_manifest as
select * from evaluated.lead_scoring__evaluation_manifest;

-- One row per evaluated model.
create view report.evaluated_models as
select
    lead_scoring__evaluation_summary.*,
    lead_scoring__evaluation_summary.model_id = subject.model_id as is_subject
from evaluated.lead_scoring__evaluation_summary
cross join report.subject
where lead_scoring__evaluation_summary.slice = 'overall';

-- One row per tenth of the leads, with the share of the leads up to it.
create view report.tenths as
select
    lead_scoring__evaluation_deciles.*,
    sum(lead_scoring__evaluation_deciles.lead_dates) over (order by lead_scoring__evaluation_deciles.decile)
    / sum(lead_scoring__evaluation_deciles.lead_dates) over () as cumulative_share
from evaluated.lead_scoring__evaluation_deciles
inner join report.subject on lead_scoring__evaluation_deciles.model_id = subject.model_id;

-- One row per stage.
create view report.evaluated_stages as
select
    lead_scoring__evaluation_stages.*,
    row_number() over (
        order by
            lead_scoring__evaluation_stages.stage_order asc nulls last,
            lead_scoring__evaluation_stages.name asc
    ) as place
from evaluated.lead_scoring__evaluation_stages
inner join report.subject on lead_scoring__evaluation_stages.model_id = subject.model_id
where lead_scoring__evaluation_stages.kind = 'stage';

-- One row per criterion; the first tell most.
create view report.criteria as
select
    lead_scoring__evaluation_criteria.*,
    row_number() over (
        order by
            lead_scoring__evaluation_criteria.information_value desc,
            lead_scoring__evaluation_criteria.criterion_id asc
    ) as place
from evaluated.lead_scoring__evaluation_criteria
inner join report.subject on lead_scoring__evaluation_criteria.model_id = subject.model_id;

-- One row per tenth of the leads by probability.
create view report.probabilities as
select lead_scoring__evaluation_calibration.*
from evaluated.lead_scoring__evaluation_calibration
inner join report.subject on lead_scoring__evaluation_calibration.model_id = subject.model_id;

-- One row per month of scoring dates.
create view report.months as
select lead_scoring__evaluation_summary.*
from evaluated.lead_scoring__evaluation_summary
inner join report.subject on lead_scoring__evaluation_summary.model_id = subject.model_id
where lead_scoring__evaluation_summary.slice = 'period';
