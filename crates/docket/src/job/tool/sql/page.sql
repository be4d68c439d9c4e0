-- A page of jobs, wherever they are kept, of one kind if $4 names it.
select * from (
    select * from (
        select
            id, kind, phase, priority, due_at, attempt, attempts_max, lease, worker, progress, error,
            created_at, started_at, cast(null as bigint) as ended_at
        from job
        where tenant = $1 and id > $2 and ($4 = '' or kind = $4)
        order by id
        limit $3
    ) open
    union all
    select * from (
        select
            id, kind, phase, priority, due_at, attempt, attempts_max, lease, worker, cast(null as bigint), error,
            created_at, started_at, ended_at
        from job_done
        where tenant = $1 and id > $2 and ($4 = '' or kind = $4)
        order by id
        limit $3
    ) done
) page
order by id
limit $3
