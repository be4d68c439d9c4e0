-- Whether there is a tenant, and whether it operates this Docket.
select operator
from tenant
where id = $1
