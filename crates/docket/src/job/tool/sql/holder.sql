-- Of which kind a job is, who has it, since when, and how often it was tried; a job that does not run is with nobody.
select kind, worker, started_at, attempt, attempts_max from job where tenant = $1 and id = $2
