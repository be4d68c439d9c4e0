-- The tenant that a principal belongs to.
select tenant
from principal
where id = $1
order by tenant
limit 1
