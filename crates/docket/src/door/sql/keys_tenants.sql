-- Tenants with answers that are too old to be asked for again.
select distinct tenant
from idempotency
where at < $1
