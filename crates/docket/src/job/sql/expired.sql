-- Running jobs whose lease has passed.
select
    tenant, id, kind, phase, attempt, attempts_max, lease, cancel_asked_at, started_at, timeout_us,
    followed
from job
where phase = 'running' and lease_until <= $1
limit $2
