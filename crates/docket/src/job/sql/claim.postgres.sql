-- Take jobs of a kind in turns from every tenant that has some ready and sets no limit, beginning before $2 and going down. It is `lanes` and `claim_lane` in one way there and back, which SQLite does not have to go. A claim that the power takes away was none, so nobody waits for the disk.
with recursive
quick as materialized (select set_config('synchronous_commit', 'off', true)),
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
),
ring as materialized (
    select turn.tenant from quick cross join (
        select tenant from before where tenant is not null
        union all
        select tenant from rest where tenant >= $2
    ) turn
    where not exists (select 1 from job_limit l where l.kind = $1 and l.tenant = turn.tenant)
    limit $3
),
picked as materialized (
    select next.ctid from ring cross join lateral (
        select j.ctid from job j
        where j.kind = $1 and j.phase = 'queued' and j.tenant = ring.tenant
        order by j.priority, j.due_at
        limit ($3 + (select count(*) from ring) - 1) / (select count(*) from ring)
        for update skip locked
    ) next
    limit $3
)
update job
set
    phase = 'running',
    attempt = attempt + 1,
    lease = case when lease < $4 then $4 else lease + 1 end,
    started_at = $4,
    lease_until = case when timeout_us < $5 then $4 + timeout_us else $4 + $5 end,
    worker = $6
where ctid = any (array(select ctid from picked))
returning
    tenant, id, kind, lease, attempt, attempts_max, priority, due_at, timeout_us, payload, digest,
    correlation, trace
