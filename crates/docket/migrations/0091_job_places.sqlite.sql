-- Dead jobs are listed by their ids. SQLite writes a row where it is.
drop index job_dead;
create index job_dead on job_done (tenant, id) where phase = 'dead';
