-- How many jobs are dead, by kind, of the first $1 that are found.
select kind, count(*) from (select kind from job_done where phase = 'dead' limit $1) dead group by kind
