-- A job, wherever it is kept.
select
    id, kind, phase, priority, due_at, attempt, attempts_max, lease, worker, progress, error, created_at,
    started_at, cast(null as bigint) as ended_at, lease_until, cancel_asked_at, blocked_by, digest, correlation,
    created_by, timeout_us, cast(null as text) as result
from job
where tenant = $1 and id = $2
union all
select
    id, kind, phase, priority, due_at, attempt, attempts_max, lease, worker, cast(null as bigint), error, created_at,
    started_at, ended_at, cast(null as bigint), cast(null as bigint), 0, digest, correlation, created_by, timeout_us, result
from job_done
where tenant = $1 and id = $2
