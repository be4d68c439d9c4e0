-- The assets of an id or a reference.
select id
from asset
where tenant = $1 and (id = $2 or reference = $3)
