-- Keep any number of jobs for longer, but not beyond their timeouts, and read which were asked to stop. SQLite renews one by one. Nobody waits for the disk: a renewal that is lost only makes the lease shorter.
with quick as materialized (select set_config('synchronous_commit', 'off', true)),
given as materialized (
    select tenant, id, lease, until, progress
    from quick cross join unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
        as given (tenant, id, lease, until, progress)
)
update job
set
    lease_until = least(started_at + timeout_us, given.until),
    progress = coalesce(given.progress, job.progress)
from given
where job.tenant = given.tenant and job.id = given.id and job.lease = given.lease
    and job.phase = 'running'
returning job.tenant, job.id, job.lease, job.lease_until, job.cancel_asked_at
