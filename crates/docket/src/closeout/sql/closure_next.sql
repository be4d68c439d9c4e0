-- Which closing of a ticket the next one is.
select coalesce(max(version), 0) + 1
from closure
where tenant = $1 and ticket = $2
