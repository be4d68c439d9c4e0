-- Take on what one worker does for all, if it is due and nobody is at it; SQLite has one writer.
update job_chore set due_at = $3
where name in (
    select name from job_chore where name = $1 and due_at <= $2 for update skip locked
)
