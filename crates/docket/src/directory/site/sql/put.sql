-- Write a site down, new or changed. Its access code changes only if one was said.
insert into site (
    tenant, id, account, name, reference, address, territory, zone,
    latitude_e7, longitude_e7, access_code, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $13)
on conflict (tenant, id) do update set
    name = excluded.name,
    reference = excluded.reference,
    address = excluded.address,
    territory = excluded.territory,
    zone = excluded.zone,
    latitude_e7 = excluded.latitude_e7,
    longitude_e7 = excluded.longitude_e7,
    access_code = case when cast($12 as bigint) = 1 then excluded.access_code else site.access_code end
