-- The exceptions of a ticket, oldest first.
select id, key, reason, requested_by, approved_by, expires_at, entry, at
from evidence_exception
where tenant = $1 and ticket = $2
order by at, id
