-- Take the first jobs of one tenant and kind, and count the attempt.
update job
set
    phase = 'running',
    attempt = attempt + 1,
    lease = case when lease < $4 then $4 else lease + 1 end,
    started_at = $4,
    lease_until = case when timeout_us < $5 then $4 + timeout_us else $4 + $5 end,
    worker = $6
where tenant = $1 and id in (
    select id from job
    where kind = $2 and phase = 'queued' and tenant = $1
    order by priority, due_at
    limit $3
)
returning
    tenant, id, kind, lease, attempt, attempts_max, priority, due_at, timeout_us, payload, digest,
    correlation, trace
