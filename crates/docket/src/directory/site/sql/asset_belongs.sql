-- Whether a piece of equipment is at a site.
select true
from asset
where tenant = $1 and id = $2 and site = $3
