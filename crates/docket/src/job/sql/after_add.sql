-- Have a job wait for another.
insert into job_after (tenant, job, after) values ($1, $2, $3)
