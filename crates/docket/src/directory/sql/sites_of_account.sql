-- Sites of the account that the tenant calls by a name of its own; two are
-- enough to know that there are several.
select id, account, zone, territory
from site
where tenant = $1
    and account = (select id from account where tenant = $1 and reference = $2)
order by id
limit 2
