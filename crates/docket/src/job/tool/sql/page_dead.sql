-- A page of dead jobs, which have an index of their own, of one kind if $4 names it.
select
    id, kind, phase, priority, due_at, attempt, attempts_max, lease, worker, cast(null as bigint) as progress, error,
    created_at, started_at, ended_at
from job_done
where tenant = $1 and id > $2 and ($4 = '' or kind = $4) and phase = 'dead'
order by id
limit $3
