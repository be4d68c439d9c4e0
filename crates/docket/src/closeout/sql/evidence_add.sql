-- Make bytes evidence on a ticket, unless they are already, under the same key.
insert into evidence (tenant, id, ticket, key, digest, by_principal, on_behalf_of, at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (tenant, ticket, key, digest) do nothing
