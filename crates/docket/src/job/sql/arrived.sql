-- Move the bucket of a rate on.
update job_limit set arrival = $3 where tenant = $1 and kind = $2
