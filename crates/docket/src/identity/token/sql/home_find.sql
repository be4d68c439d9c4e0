-- The tenant that a principal of our own issuer belongs to.
select tenant
from principal
where id = $1 and issuer is null
order by tenant
limit 1
