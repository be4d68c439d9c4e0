-- The message that a channel delivered before.
select id, ticket
from message
where tenant = $1 and channel = $2 and external = $3
