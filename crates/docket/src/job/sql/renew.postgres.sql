-- Keep any number of jobs for longer, but not beyond their timeouts, and read which were asked to stop. SQLite renews one by one. Each is found by its key, whatever is guessed of the table. Nobody waits for the disk: a renewal that is lost only makes the lease shorter.
with quick as materialized (select set_config('synchronous_commit', 'off', true)),
found as materialized (
    select held.ctid as place, given.until, given.progress
    from quick
    cross join unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
        as given (tenant, id, lease, until, progress)
    cross join lateral (
        select ctid from job
        where tenant = given.tenant and id = given.id and lease = given.lease
            and lease_until is not null
        for update
    ) held
)
update job
set
    lease_until = least(started_at + timeout_us, found.until),
    progress = coalesce(found.progress, job.progress)
from found
where job.ctid = found.place
returning job.tenant, job.id, job.lease, job.lease_until, job.cancel_asked_at
