-- One message of a ticket.
select direction, contact, author, at
from message
where tenant = $1 and ticket = $2 and id = $3
