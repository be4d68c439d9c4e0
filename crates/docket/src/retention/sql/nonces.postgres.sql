-- Forget some proofs that cannot be valid any more, by where they lie; SQLite has no such thing.
delete from replay_nonce
where ctid = any (array(
    select ctid from replay_nonce
    where tenant = $1 and expires_at < $2
    order by expires_at
    limit $3
))
