-- How a tenant wants things.
select settings
from tenant
where id = $1
