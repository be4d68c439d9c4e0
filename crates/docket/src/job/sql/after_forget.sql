-- Nobody waits for this job any more.
delete from job_after where tenant = $1 and after = $2
