-- A page of the principals of a tenant, in the order they were made.
select id, kind, name, roles, issuer, subject, revoked_at, key
from principal
where tenant = $1 and id > $2
order by id
limit $3
