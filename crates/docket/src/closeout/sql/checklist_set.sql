-- Say of a checklist item whether it is done.
insert into checklist (tenant, ticket, item, done, by_principal, on_behalf_of, at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant, ticket, item) do update
set done = excluded.done, by_principal = excluded.by_principal, on_behalf_of = excluded.on_behalf_of, at = excluded.at
