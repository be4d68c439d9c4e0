-- Write down that a ticket no longer waits.
update pause
set to_at = $3
where tenant = $1 and ticket = $2 and to_at is null
