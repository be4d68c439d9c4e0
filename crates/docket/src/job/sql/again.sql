-- Put a running job back, to be tried again.
update job
set
    phase = $3,
    due_at = $4,
    attempt = $5,
    error = $6,
    lease_until = null,
    started_at = null,
    worker = null,
    progress = null
where tenant = $1 and id = $2
