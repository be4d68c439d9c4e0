-- How to get into a site.
select access_code
from site
where tenant = $1 and id = $2
