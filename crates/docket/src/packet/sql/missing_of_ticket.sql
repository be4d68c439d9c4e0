-- The closings of a ticket that have no packet yet.
select
    closure.tenant,
    closure.ticket,
    closure.version,
    closure.ticket_version,
    closure.reason,
    closure.requested_by,
    closure.broken,
    closure.by_principal,
    closure.at
from closure
left join packet
    on
        packet.tenant = closure.tenant
        and packet.ticket = closure.ticket
        and packet.version = closure.version
where packet.version is null and closure.tenant = $1 and closure.ticket = $2
order by closure.version
