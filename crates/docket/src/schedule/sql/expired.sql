-- Tickets whose hold has passed, the longest ago first.
select tenant, ticket
from hold
where ended_at is null and until_at <= $1
order by until_at, tenant, id
limit $2
