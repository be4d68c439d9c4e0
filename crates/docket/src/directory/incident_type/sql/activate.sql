-- Use a version of an incident type from now on.
insert into incident_type_active (tenant, name, version, activated_at)
values ($1, $2, $3, $4)
on conflict (tenant, name) do update set version = excluded.version, activated_at = excluded.activated_at
