-- The material used on a ticket, without what was replaced.
select id, description, number, quantity, unit_cost_minor, currency, logged_by, logged_at
from part
where tenant = $1
  and ticket = $2
  and not exists (
      select 1
      from part as later
      where later.tenant = part.tenant and later.replaces = part.id
  )
order by logged_at, id
