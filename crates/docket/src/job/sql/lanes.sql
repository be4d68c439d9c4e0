-- The tenants that have jobs of a kind ready, from the one after $2 on and round; no tenant is read past its first job.
with recursive
after (tenant) as (
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant > $2
        order by j.tenant limit 1
    )
    union all
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant > a.tenant
        order by j.tenant limit 1
    )
    from after a where a.tenant is not null
),
before (tenant) as (
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued'
        order by j.tenant limit 1
    )
    union all
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant > b.tenant
        order by j.tenant limit 1
    )
    from before b where b.tenant <= $2
)
select tenant from (
    select tenant from after where tenant is not null
    union all
    select tenant from before where tenant <= $2
) ring
limit $3
