-- Where a site is.
select name, address, zone, territory
from site
where tenant = $1 and id = $2
