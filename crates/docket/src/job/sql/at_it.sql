-- Whether a job of a kind is ready or runs for a tenant.
select
    exists (select 1 from job where kind = $2 and tenant = $1 and phase = 'queued')
    or exists (select 1 from job where kind = $2 and tenant = $1 and phase = 'running')
