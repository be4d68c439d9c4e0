-- End the hold that a ticket has.
update hold
set ended_at = $3
where tenant = $1 and ticket = $2 and ended_at is null
