-- Whether a principal is the technician of a ticket.
select true
from ticket
join technician on technician.tenant = ticket.tenant and technician.id = ticket.technician
where ticket.tenant = $1 and ticket.id = $2 and technician.principal = $3
