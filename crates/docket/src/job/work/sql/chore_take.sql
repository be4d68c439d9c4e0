-- Take on what one worker does for all, if it is due.
update job_chore set due_at = $3 where name = $1 and due_at <= $2
