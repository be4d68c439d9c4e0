-- Remember a running job as done, if this is its lease and it has not been asked to stop.
insert into job_done (
    tenant, id, kind, phase, priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, digest, correlation, trace, if_unmet, followed, result, created_by, created_at, ended_at
)
select
    tenant, id, kind, 'succeeded', priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, digest, correlation, trace, if_unmet, followed, $4, created_by, created_at, $5
from job
where tenant = $1 and id = $2 and lease = $3 and lease_until is not null and cancel_asked_at is null
returning followed
