-- What waits to leave, the oldest first, with how to reach whoever it is for.
select
    outgoing.tenant,
    outgoing.id,
    outgoing.ticket,
    outgoing.kind,
    outgoing.body,
    outgoing.queued_at,
    outgoing.contact,
    case when outgoing.contact is null then caller.phone else contact.phone end,
    case when outgoing.contact is null then caller.email else contact.email end
from outgoing
left join contact on contact.tenant = outgoing.tenant and contact.id = outgoing.contact
left join caller on caller.tenant = outgoing.tenant and caller.ticket = outgoing.ticket
where outgoing.ended_at is null
order by outgoing.queued_at, outgoing.id
limit $1
