-- When what one worker does for all is due next.
select name, due_at from job_chore
