-- The attempts of a job that were in vain.
select attempt, worker, started_at, ended_at, how, error
from job_attempt
where tenant = $1 and job = $2
order by lease
limit 200
