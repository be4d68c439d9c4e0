-- Running jobs whose lease has passed.
select tenant, id from job
where phase = 'running' and lease_until <= $1
limit $2
