-- The pieces that these bytes are evidence of, anywhere in the tenant.
select id, ticket
from evidence
where tenant = $1 and digest = $2
order by id
