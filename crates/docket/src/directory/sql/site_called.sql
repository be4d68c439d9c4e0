-- The site that the tenant calls by a name of its own.
select id, account, zone, territory
from site
where tenant = $1 and reference = $2
