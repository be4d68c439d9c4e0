-- Keep a packet, unless there is one of that version.
insert into packet (tenant, ticket, version, id, body, digest, signature, key_id, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (tenant, ticket, version) do nothing
