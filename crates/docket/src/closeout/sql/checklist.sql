-- The checklist of a ticket, as it was set last.
select item, done, by_principal, on_behalf_of, at
from checklist
where tenant = $1 and ticket = $2
order by item
