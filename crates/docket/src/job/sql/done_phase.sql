-- How a job ended.
select phase from job_done where tenant = $1 and id = $2
