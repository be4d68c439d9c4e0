-- The tenant that operates this Docket; what is nobody else's is in its log.
select id
from tenant
where operator = 1
order by created_at, id
limit 1
