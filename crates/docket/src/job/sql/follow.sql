-- Note that somebody waits for a job.
update job set followed = 1 where tenant = $1 and id = $2
