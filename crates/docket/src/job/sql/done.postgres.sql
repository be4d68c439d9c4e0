-- End any number of jobs as succeeded whose lease this is and that have not been asked to stop. SQLite has no statement that moves a row from one table to another.
with given as (
    select tenant, id, lease, result
    from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as given (tenant, id, lease, result)
),
gone as (
    delete from job using given
    where job.tenant = given.tenant and job.id = given.id and job.lease = given.lease
        and job.phase = 'running' and job.cancel_asked_at is null
    returning job.*, given.result
)
insert into job_done (
    tenant, id, kind, phase, priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, digest, correlation, trace, if_unmet, followed, result, created_by, created_at, ended_at
)
select
    tenant, id, kind, 'succeeded', priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, digest, correlation, trace, if_unmet, followed, result, created_by, created_at, $5
from gone
returning tenant, id, lease, followed
