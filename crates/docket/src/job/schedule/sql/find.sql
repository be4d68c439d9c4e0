-- When a schedule ticks, and when it ticked last.
select cron, zone, next_at, last_at
from job_schedule
where tenant = $1 and name = $2
