-- Write a rate card down, new or changed, with the version that counts.
insert into rate_card (tenant, id, name, reference, version, created_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, id) do update set
    name = excluded.name,
    reference = excluded.reference,
    version = excluded.version
