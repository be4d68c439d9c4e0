-- Make ready what has come due.
update job set phase = 'queued'
where phase = 'waiting' and (tenant, id) in (
    select tenant, id from job
    where phase = 'waiting' and blocked_by = 0 and due_at <= $1
    order by due_at
    limit $2
)
returning kind
