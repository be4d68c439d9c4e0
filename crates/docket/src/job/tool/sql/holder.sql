-- Of which kind a job is, and who has it; a job that does not run is with nobody.
select kind, worker from job where tenant = $1 and id = $2
