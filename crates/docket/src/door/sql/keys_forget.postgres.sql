-- Forget some of a tenant's answers that are too old to be asked for again, by where they lie: a guess of how many they are would have all answers read.
delete from idempotency
where ctid = any (array(
    select ctid from idempotency
    where tenant = $1 and at < $2
    order by at
    limit $3
))
