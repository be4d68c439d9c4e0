-- The entries under a correlation id before one of them, newest first.
select id, tool, outcome, correlation, body
from audit_entry
where tenant = $1 and entry_no < $2 and correlation = $3
order by entry_no desc
