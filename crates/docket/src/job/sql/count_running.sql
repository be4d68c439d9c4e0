-- How many jobs run, by kind, of the first $1 that are found.
select kind, count(*) from (select kind from job where phase = 'running' limit $1) running group by kind
