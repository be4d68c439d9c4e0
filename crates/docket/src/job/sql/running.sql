-- How many jobs of a kind run, by tenant.
select tenant, count(*) from job
where kind = $1 and phase = 'running'
group by tenant
