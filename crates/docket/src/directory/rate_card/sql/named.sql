-- The rate cards of an id or a reference.
select id
from rate_card
where tenant = $1 and (id = $2 or reference = $3)
