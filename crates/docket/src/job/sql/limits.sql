-- What tenants allow of a kind.
select tenant, running_max, rate_count, rate_s, rate_burst, arrival
from job_limit
where kind = $1
