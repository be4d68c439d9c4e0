-- Queue one job, or have it wait.
insert into job (
    tenant, id, kind, phase, priority, due_at, attempts_max, timeout_us, payload, digest,
    correlation, trace, blocked_by, if_unmet, created_by, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
