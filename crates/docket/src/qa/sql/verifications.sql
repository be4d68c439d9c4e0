-- All verifications of a ticket in their order.
select version, passed, by_principal, on_behalf_of, entry, at
from verification
where tenant = $1 and ticket = $2
order by version
