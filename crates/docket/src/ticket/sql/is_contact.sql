-- Whether a principal is a contact of a ticket's site, or of every site of its account.
select true
from ticket
join contact on contact.tenant = ticket.tenant and contact.account = ticket.account
where
    ticket.tenant = $1 and ticket.id = $2 and contact.principal = $3
    and (contact.site is null or contact.site = ticket.site)
