-- Revoke a principal; the first time counts.
update principal
set revoked_at = coalesce(revoked_at, $3)
where tenant = $1 and id = $2
