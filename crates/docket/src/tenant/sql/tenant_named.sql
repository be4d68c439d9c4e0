-- Whether a tenant has that name.
select 1
from tenant
where name = $1
