-- Schedules whose tick has come, the longest overdue first.
select
    tenant, name, kind, cron, zone, payload, priority, attempts_max, timeout_us, overlap, next_at,
    last_at, last_job, put_by
from job_schedule
where next_at <= $1
order by next_at
limit $2
