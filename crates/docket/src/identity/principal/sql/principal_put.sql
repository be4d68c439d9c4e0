-- Register a principal, or change one that is not revoked.
insert into principal (tenant, id, kind, name, roles, issuer, subject, key, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (tenant, id) do update
set name = excluded.name, roles = excluded.roles,
    issuer = excluded.issuer, subject = excluded.subject, key = excluded.key
