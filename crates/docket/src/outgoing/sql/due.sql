-- What is due to leave, the longest due first.
select tenant, id
from outgoing
where standing = 'waiting' and next_at <= $1
order by next_at, id
limit $2
