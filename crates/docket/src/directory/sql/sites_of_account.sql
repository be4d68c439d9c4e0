-- Sites of the account that the tenant calls by a name of its own; two are
-- enough to know that there are several.
select site.id, site.account, site.zone, site.territory
from account
join site on site.tenant = account.tenant and site.account = account.id
where account.tenant = $1 and account.reference = $2
order by site.id
limit 2
