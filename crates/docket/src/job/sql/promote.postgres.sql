-- Make ready what has come due. Those that somebody else is making ready are left to them; SQLite has one writer.
with picked as materialized (
    select ctid from job
    where phase = 'waiting' and blocked_by = 0 and due_at <= $1
    order by due_at
    limit $2
    for update skip locked
)
update job set phase = 'queued'
where ctid = any (array(select ctid from picked))
returning kind
