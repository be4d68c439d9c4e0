-- Put a text back that is stuck, as if nobody had tried.
update outgoing
set standing = 'waiting', reason = null, forgiven = attempts, next_at = $4, ended_at = null
where tenant = $1 and id = $2 and standing = $3
