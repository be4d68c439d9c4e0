-- The time worked on a ticket, without what was replaced.
select id, technician, kind, minutes, started_at, ended_at, rate_minor, currency, logged_by, logged_at
from labor
where tenant = $1
  and ticket = $2
  and not exists (
      select 1
      from labor as later
      where later.tenant = labor.tenant and later.replaces = labor.id
  )
order by logged_at, id
