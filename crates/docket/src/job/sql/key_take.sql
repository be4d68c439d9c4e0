-- Have a key stand for a job, or read for which it stands already.
insert into job_key (tenant, kind, key, digest, job, expires_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, kind, key) do update set key = excluded.key
returning job, digest
