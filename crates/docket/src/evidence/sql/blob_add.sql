-- Write down that a tenant holds these bytes.
insert into blob (tenant, digest, size, media_type, by_principal, at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, digest) do nothing
