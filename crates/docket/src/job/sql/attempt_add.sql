-- Remember an attempt in vain.
insert into job_attempt (tenant, job, lease, attempt, worker, started_at, ended_at, how, error)
select tenant, id, lease, attempt, worker, started_at, $3, $4, $5
from job
where tenant = $1 and id = $2
