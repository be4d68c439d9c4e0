-- A ticket of any tenant with a closing that has no packet yet, the oldest first.
select closure.tenant, closure.ticket
from closure
left join packet
    on
        packet.tenant = closure.tenant
        and packet.ticket = closure.ticket
        and packet.version = closure.version
where packet.version is null
order by closure.at, closure.tenant, closure.ticket, closure.version
limit 1
