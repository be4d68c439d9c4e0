-- The pieces that these bytes are evidence of, on tickets of one technician.
select evidence.id, evidence.ticket
from evidence
inner join ticket on ticket.tenant = evidence.tenant and ticket.id = evidence.ticket
inner join technician on technician.tenant = ticket.tenant and technician.id = ticket.technician
where evidence.tenant = $1 and evidence.digest = $2 and technician.principal = $3
order by evidence.id
