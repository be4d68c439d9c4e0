-- The jobs that wait for a job, kept from others until the transaction ends.
select
    tenant, id, kind, phase, attempt, attempts_max, lease, cancel_asked_at, started_at, timeout_us,
    followed, if_unmet
from job
where tenant = $1 and phase = 'waiting' and id in (
    select job from job_after where tenant = $1 and after = $2
)
order by id
