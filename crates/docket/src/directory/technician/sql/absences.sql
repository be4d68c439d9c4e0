-- When a technician is away in a stretch of time.
select starts_at, ends_at
from absence
where tenant = $1 and technician = $2 and ends_at > $3 and starts_at < $4
order by starts_at
