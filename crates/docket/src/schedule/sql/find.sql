-- One hold.
select window_start, window_end, until_at, held_at, reason
from hold
where tenant = $1 and id = $2
