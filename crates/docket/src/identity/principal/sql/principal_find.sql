-- A principal by its id.
select id, kind, name, roles, issuer, subject, revoked_at, key
from principal
where tenant = $1 and id = $2
