-- Have a dead job tried again from the beginning, under leases that follow the old ones.
insert into job (
    tenant, id, kind, phase, priority, due_at, attempts_max, lease, timeout_us, payload, digest,
    correlation, trace, if_unmet, followed, created_by, created_at
)
select
    tenant, id, kind, 'queued', priority, $3, attempts_max, lease, timeout_us, payload, digest,
    correlation, trace, if_unmet, followed, created_by, created_at
from job_done
where tenant = $1 and id = $2 and phase = 'dead'
returning kind
