-- A visit for which somebody is kept at any time of a window, the earliest first.
select id
from visit
where tenant = $1 and technician = $2 and ended_at is null and window_start < $4 and window_end > $3
order by window_start, id
limit 1
