-- Forget some revoked tokens that have expired since, by where they lie; SQLite has no such thing. Revoked keys stay.
delete from revocation
where ctid = any (array(
    select ctid from revocation
    where tenant = $1 and kind = 'token' and at < $2
    order by at
    limit $3
))
