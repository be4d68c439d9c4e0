-- Forget some revoked tokens that have expired since. Revoked keys stay.
delete from revocation
where (tenant, kind, value) in (
    select tenant, kind, value
    from revocation
    where tenant = $1 and kind = 'token' and at < $2
    order by at
    limit $3
)
