-- A text that waits to leave, how to reach whoever it is for, and whether the
-- same was said anew since.
select
    outgoing.ticket,
    outgoing.kind,
    outgoing.receipt,
    outgoing.words,
    outgoing.queued_at,
    outgoing.attempts,
    outgoing.forgiven,
    outgoing.contact,
    case when outgoing.contact is null then caller.phone else contact.phone end,
    case when outgoing.contact is null then caller.email else contact.email end,
    ticket.channel,
    exists (
        select 1
        from outgoing as later
        where later.tenant = outgoing.tenant
          and later.ticket = outgoing.ticket
          and later.kind = outgoing.kind
          and (
              later.queued_at > outgoing.queued_at
              or (later.queued_at = outgoing.queued_at and later.id > outgoing.id)
          )
    ),
    outgoing.next_at
from outgoing
join ticket on ticket.tenant = outgoing.tenant and ticket.id = outgoing.ticket
left join contact on contact.tenant = outgoing.tenant and contact.id = outgoing.contact
left join caller on caller.tenant = outgoing.tenant and caller.ticket = outgoing.ticket
where outgoing.tenant = $1 and outgoing.id = $2 and outgoing.standing = 'waiting'
