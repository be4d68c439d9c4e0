-- How often, and for how long, somebody is kept in a stretch of time.
select count(*), cast(coalesce(sum(window_end - window_start), 0) as bigint)
from visit
where tenant = $1
  and technician = $2
  and window_start < $4
  and window_end > $3
  and (outcome is null or outcome = 'completed')
