-- The visits that keep their technicians in a stretch of time, in order.
select technician, id, ticket, window_start, window_end, arrived_at
from visit
where tenant = $1 and ended_at is null and window_start < $3 and window_end > $2
order by technician, window_start, id
