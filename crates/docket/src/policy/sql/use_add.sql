-- Use a policy token, once and for one job.
insert into policy_use (tenant, token, used_at, used_by, job, project, resource, sealed)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (tenant, token) do nothing
