-- Say why nobody signed.
insert into no_signature (tenant, ticket, reason, by_principal, at)
values ($1, $2, $3, $4, $5)
on conflict (tenant, ticket) do update
set reason = excluded.reason, by_principal = excluded.by_principal, at = excluded.at
