-- Lock all evidence of a ticket that is not locked yet.
update evidence
set locked_at = $3
where tenant = $1 and ticket = $2 and locked_at is null
