-- The technicians of an id or a reference.
select id
from technician
where tenant = $1 and (id = $2 or reference = $3)
