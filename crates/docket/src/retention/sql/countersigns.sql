-- Forget some first voices that nobody confirmed in time.
delete from countersign
where (tenant, id) in (
    select tenant, id
    from countersign
    where tenant = $1 and confirmed_at is null and expires_at < $2
    order by expires_at
    limit $3
)
