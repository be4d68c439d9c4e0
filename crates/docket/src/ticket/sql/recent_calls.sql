-- The calls about a site since a moment, the newest first, with who called.
select
    ticket.id,
    ticket.incident_type,
    ticket.summary,
    ticket.asset,
    caller.phone,
    caller.email
from ticket
join caller on caller.tenant = ticket.tenant and caller.ticket = ticket.id
where
    ticket.tenant = $1 and ticket.site = $2
    and ticket.created_at >= $3 and ticket.state <> 'cancelled'
order by ticket.created_at desc, ticket.id desc
