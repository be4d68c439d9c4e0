-- Forget some first voices that nobody confirmed in time, by where they lie; SQLite has no such thing.
delete from countersign
where ctid = any (array(
    select ctid from countersign
    where tenant = $1 and confirmed_at is null and expires_at < $2
    order by expires_at
    limit $3
))
