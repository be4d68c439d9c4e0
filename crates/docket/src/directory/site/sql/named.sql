-- The sites of an id or a reference.
select id
from site
where tenant = $1 and (id = $2 or reference = $3)
