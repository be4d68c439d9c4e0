-- The visits of a ticket in the order they were sent.
select id, technician, window_start, window_end, dispatched_at, arrived_at, left_at, ended_at, outcome, reason
from visit
where tenant = $1 and ticket = $2
order by dispatched_at, id
