-- End any number of jobs as succeeded whose lease this is and that have not been asked to stop. SQLite has no statement that moves a row from one table to another. Each is found by its key and gone by its place, whatever is guessed of the table: what runs has a lease, and saying that in place of its phase keeps the index of all that run from being read for each. Results are looked up and not joined, for the same reason.
with results as materialized (select cast($4::text as jsonb) as by_id),
found as materialized (
    select held.ctid
    from unnest($1::text[], $2::text[], $3::bigint[]) as given (tenant, id, lease)
    cross join lateral (
        select ctid from job
        where tenant = given.tenant and id = given.id and lease = given.lease
            and lease_until is not null and cancel_asked_at is null
        for update
    ) held
),
gone as (
    delete from job
    where ctid = any (array(select ctid from found))
    returning
        tenant, id, kind, priority, due_at, attempt, attempts_max, lease, started_at, worker,
        timeout_us, digest, correlation, trace, if_unmet, followed, created_by, created_at
)
insert into job_done (
    tenant, id, kind, phase, priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, digest, correlation, trace, if_unmet, followed, result, created_by, created_at, ended_at
)
select
    tenant, id, kind, 'succeeded', priority, due_at, attempt, attempts_max, lease, started_at, worker,
    timeout_us, digest, correlation, trace, if_unmet, followed, (select by_id from results) ->> id,
    created_by, created_at, $5
from gone
returning tenant, id, lease, followed
