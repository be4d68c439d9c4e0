-- Keep a new version of an incident type.
insert into incident_type (tenant, name, version, template, created_at)
values ($1, $2, $3, $4, $5)
