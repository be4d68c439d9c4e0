-- Of which kind a running job is, and who has it.
select kind, worker from job where tenant = $1 and id = $2 and phase = 'running'
