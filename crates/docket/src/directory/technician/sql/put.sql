-- Write a technician down, new or changed.
insert into technician (
    tenant, id, name, reference, principal, active, skills, territories, zone, shifts,
    home, latitude_e7, longitude_e7, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (tenant, id) do update set
    name = excluded.name,
    reference = excluded.reference,
    principal = excluded.principal,
    active = excluded.active,
    skills = excluded.skills,
    territories = excluded.territories,
    zone = excluded.zone,
    shifts = excluded.shifts,
    home = excluded.home,
    latitude_e7 = excluded.latitude_e7,
    longitude_e7 = excluded.longitude_e7
