-- Note that somebody waits for a dead job to be tried again.
update job_done set followed = 1 where tenant = $1 and id = $2 and phase = 'dead'
