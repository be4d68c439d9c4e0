-- Set what a tenant allows of a kind. Where the bucket of the rate stands stays as it is.
insert into job_limit (tenant, kind, running_max, rate_count, rate_s, rate_burst)
values ($1, $2, $3, $4, $5, $6)
on conflict (kind, tenant) do update set
    running_max = excluded.running_max,
    rate_count = excluded.rate_count,
    rate_s = excluded.rate_s,
    rate_burst = excluded.rate_burst
