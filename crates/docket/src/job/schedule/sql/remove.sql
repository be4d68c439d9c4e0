-- Take a schedule away. What it has queued stays.
delete from job_schedule
where tenant = $1 and name = $2
