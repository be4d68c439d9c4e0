-- Every entry, from the first on. SQLite hands out text with a zero after it,
-- for which it copies the whole entry; it hands out bytes where they lie.
select entry_no, id, tenant, ticket, correlation, at, tool, outcome, cast(body as blob)
from audit_entry
order by entry_no
