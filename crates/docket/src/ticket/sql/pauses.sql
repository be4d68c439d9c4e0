-- When and for whom a ticket waited.
select from_at, to_at, waiting_for
from pause
where tenant = $1 and ticket = $2
order by version
