-- Remember a job as dead or cancelled, with its payload.
insert into job_done (
    tenant, id, kind, phase, priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, payload, digest, correlation, trace, if_unmet, followed, error, created_by, created_at, ended_at
)
select
    tenant, id, kind, $3, priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, payload, digest, correlation, trace, if_unmet, followed, $4, created_by, created_at, $5
from job
where tenant = $1 and id = $2
