-- The kinds of which somebody sets a limit.
select distinct kind from job_limit
