-- Promises of a tenant that have passed unkept and were not noted, the longest
-- overdue first. A ticket's `due_at` is that of its next promise, so what is not
-- due is not read.
select id, 'response', response_due
from ticket
where
    tenant = $1
    and due_at < $2
    and responded_at is null
    and response_due < coalesce(paused_at, $2)
    and not exists (
        select 1
        from breach
        where
            breach.tenant = ticket.tenant
            and breach.ticket = ticket.id
            and breach.promise = 'response'
            and breach.due_at = ticket.response_due
    )
union all
select id, 'resolution', resolution_due
from ticket
where
    tenant = $1
    and due_at < $2
    and resolved_at is null
    and resolution_due < coalesce(paused_at, $2)
    and not exists (
        select 1
        from breach
        where
            breach.tenant = ticket.tenant
            and breach.ticket = ticket.id
            and breach.promise = 'resolution'
            and breach.due_at = ticket.resolution_due
    )
order by 3, 1, 2
limit $3
