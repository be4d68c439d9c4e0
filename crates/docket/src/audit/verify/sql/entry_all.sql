-- Every entry, from the first on.
select entry_no, id, tenant, ticket, correlation, at, tool, outcome, body
from audit_entry
order by entry_no
