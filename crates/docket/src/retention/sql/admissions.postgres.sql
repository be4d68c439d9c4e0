-- Forget some recorded logins with tokens that cannot be valid any more, by where they lie; SQLite has no such thing.
delete from admission
where ctid = any (array(
    select ctid from admission
    where tenant = $1 and expires_at < $2
    order by expires_at
    limit $3
))
