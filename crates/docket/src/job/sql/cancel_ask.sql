-- Note that a running job is to stop.
update job set cancel_asked_at = coalesce(cancel_asked_at, $3)
where tenant = $1 and id = $2 and phase = 'running'
