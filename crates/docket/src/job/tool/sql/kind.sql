-- Of which kind a job is and how it stands, wherever it is kept.
select kind, phase from job where tenant = $1 and id = $2
union all
select kind, phase from job_done where tenant = $1 and id = $2
