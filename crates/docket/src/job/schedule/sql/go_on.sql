-- Move a schedule on that has ticked.
update job_schedule set next_at = $3, last_at = $4, last_job = $5
where tenant = $1 and name = $2
