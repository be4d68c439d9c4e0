-- Forget keys whose time has passed and whose job has ended.
delete from job_key where (tenant, kind, key) in (
    select k.tenant, k.kind, k.key from job_key k
    where k.expires_at < $1
        and not exists (select 1 from job j where j.tenant = k.tenant and j.id = k.job)
    order by k.expires_at
    limit $2
)
