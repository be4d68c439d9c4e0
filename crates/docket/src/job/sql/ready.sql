-- Whether a tenant has a job of a kind that is ready.
select id from job where kind = $1 and phase = 'queued' and tenant = $2 limit 1
