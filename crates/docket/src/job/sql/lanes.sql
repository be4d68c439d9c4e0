-- The tenants that have jobs of a kind ready, from the one before $2 on down and round; no tenant is read past its last job. Jobs are taken from the front of a lane, where what was taken a moment ago still has to be passed by; its end is clear.
with recursive
before (tenant) as (
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant < $2
        order by j.tenant desc limit 1
    )
    union all
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant < b.tenant
        order by j.tenant desc limit 1
    )
    from before b where b.tenant is not null
),
rest (tenant) as (
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued'
        order by j.tenant desc limit 1
    )
    union all
    select (
        select j.tenant from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant < r.tenant
        order by j.tenant desc limit 1
    )
    from rest r where r.tenant >= $2
)
select tenant from (
    select tenant from before where tenant is not null
    union all
    select tenant from rest where tenant >= $2
) ring
limit $3
