-- Keep a job for longer, but not beyond its timeout, and read whether it was asked to stop.
update job
set
    lease_until = case when started_at + timeout_us < $4 then started_at + timeout_us else $4 end,
    progress = coalesce($5, progress)
where tenant = $1 and id = $2 and lease = $3 and lease_until is not null
returning tenant, id, lease, lease_until, cancel_asked_at
