-- Note that a technician is away, in place of an absence that begins at the same time.
insert into absence (tenant, technician, starts_at, ends_at, reason)
values ($1, $2, $3, $4, $5)
on conflict (tenant, technician, starts_at) do update set
    ends_at = excluded.ends_at,
    reason = excluded.reason
