-- A claim writes the row anew, and with it its key. Room for that beside the
-- first one keeps PostgreSQL from looking for what it may throw away instead,
-- which took a fifth of the claim.
alter index job_pkey set (fillfactor = 50);

-- Dead jobs are listed by their ids.
drop index job_dead;
create index job_dead on job_done (tenant, id) where phase = 'dead';
