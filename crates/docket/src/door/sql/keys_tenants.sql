-- Tenants with answers that are too old to be asked for again.
select id
from tenant
where exists (select 1 from idempotency where tenant = tenant.id and at < $1)
