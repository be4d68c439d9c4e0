-- Whether a job is not finished.
select exists (select 1 from job where tenant = $1 and id = $2)
