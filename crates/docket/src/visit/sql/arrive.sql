-- The technician is on site; the first arrival counts.
update visit
set arrived_at = $3
where tenant = $1 and id = $2 and arrived_at is null and ended_at is null
