-- Revoke a principal; the first time counts.
update principal
set revoked_at = $3
where tenant = $1 and id = $2 and revoked_at is null
