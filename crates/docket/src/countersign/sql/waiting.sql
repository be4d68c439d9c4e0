-- The first voice that waits for a second to say the very same, and whether the
-- ticket has taken a step since.
select
    asked_by,
    asked_on_behalf_of,
    expires_at,
    exists (
        select 1
        from transition
        where transition.tenant = countersign.tenant
          and transition.ticket = countersign.ticket
          and transition.version > countersign.ticket_version
    )
from countersign
where tenant = $1 and id = $2 and ticket = $3 and tool = $4 and digest = $5 and confirmed_at is null
