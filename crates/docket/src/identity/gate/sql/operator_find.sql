-- The tenant that operates this Docket, in whose log nobody's failures are.
select id
from tenant
where operator = 1
order by created_at, id
limit 1
