-- Whether a tenant has that name.
select true
from tenant
where name = $1
