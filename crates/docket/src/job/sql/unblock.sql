-- Count down what the jobs wait for that waited for this one; those that wait for nothing else are ready.
update job
set
    blocked_by = blocked_by - 1,
    phase = case when blocked_by = 1 and due_at <= $3 then 'queued' else phase end
where tenant = $1 and phase = 'waiting' and blocked_by > 0 and id in (
    select job from job_after where tenant = $1 and after = $2
)
returning kind, phase
