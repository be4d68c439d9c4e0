-- Forget some recorded logins with tokens that cannot be valid any more.
delete from admission
where (tenant, issuer, token) in (
    select tenant, issuer, token
    from admission
    where tenant = $1 and expires_at < $2
    order by expires_at
    limit $3
)
