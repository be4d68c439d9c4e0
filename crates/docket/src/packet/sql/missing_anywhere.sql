-- The closings of any tenant that have no packet yet, a few at a time.
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
where packet.version is null
order by closure.at, closure.tenant, closure.ticket, closure.version
limit 16
