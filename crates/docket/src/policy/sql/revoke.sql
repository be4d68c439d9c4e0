-- Revoke a policy token, used or not; the first time counts.
insert into policy_use (tenant, token, revoked_at, revoked_by)
values ($1, $2, $3, $4)
on conflict (tenant, token) do update set
    revoked_at = coalesce(policy_use.revoked_at, excluded.revoked_at),
    revoked_by = coalesce(policy_use.revoked_by, excluded.revoked_by)
returning job, revoked_at
