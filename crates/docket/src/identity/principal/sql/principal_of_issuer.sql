-- Whom an external issuer means by a name.
select id, kind, name, roles, issuer, subject, revoked_at, key
from principal
where tenant = $1 and issuer = $2 and subject = $3
