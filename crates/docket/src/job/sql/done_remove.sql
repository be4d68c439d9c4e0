-- Forget how a job ended that is tried again.
delete from job_done where tenant = $1 and id = $2 and phase = 'dead'
