-- Refuse a token or a key from now on; the first time counts.
insert into revocation (tenant, kind, value, at)
values ($1, $2, $3, $4)
on conflict (tenant, kind, value) do nothing
