-- The tickets that are planned for a technician in a stretch of time and not yet worked on.
select id
from ticket
where
    tenant = $1 and technician = $2 and window_end > $3 and window_start < $4
    and state in ('scheduled', 'dispatched')
order by window_start, id
