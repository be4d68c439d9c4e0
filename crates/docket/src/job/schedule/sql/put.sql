-- Put a schedule. What has ticked before stays known.
insert into job_schedule (
    tenant, name, kind, cron, zone, payload, priority, attempts_max, timeout_us, overlap, next_at,
    put_by, put_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (tenant, name) do update set
    kind = excluded.kind,
    cron = excluded.cron,
    zone = excluded.zone,
    payload = excluded.payload,
    priority = excluded.priority,
    attempts_max = excluded.attempts_max,
    timeout_us = excluded.timeout_us,
    overlap = excluded.overlap,
    next_at = excluded.next_at,
    put_by = excluded.put_by,
    put_at = excluded.put_at
