-- Forget some of a tenant's answers that are too old to be asked for again.
delete from idempotency
where (tenant, actor, tool, key) in (
    select tenant, actor, tool, key
    from idempotency
    where tenant = $1 and at < $2
    order by at
    limit $3
)
