-- What a command needs to know of a site.
select id, account, zone, territory
from site
where tenant = $1 and id = $2
