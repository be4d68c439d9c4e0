-- Forget some proofs that cannot be valid any more.
delete from replay_nonce
where (tenant, nonce) in (
    select tenant, nonce
    from replay_nonce
    where tenant = $1 and expires_at < $2
    order by expires_at
    limit $3
)
