-- Write down that a text has left, or cannot, unless that is known already.
update outgoing
set ended_at = $3, ended = $4, body = case when cast($5 as bigint) = 1 then null else body end
where tenant = $1 and id = $2 and ended_at is null
