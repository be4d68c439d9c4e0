-- This job waits for nobody any more.
delete from job_after where tenant = $1 and job = $2
