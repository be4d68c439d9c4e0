-- A page of the schedules of a tenant, by their names.
select
    name, kind, cron, zone, payload, priority, attempts_max, timeout_us, overlap, next_at, last_at,
    last_job, put_by, put_at
from job_schedule
where tenant = $1 and name > $2
order by name
limit $3
