-- Note a broken promise, unless it was noted.
insert into breach (tenant, ticket, promise, due_at, noted_at, entry)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, ticket, promise, due_at) do nothing
