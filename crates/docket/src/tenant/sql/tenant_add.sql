-- Make a tenant.
insert into tenant (id, name, operator, settings, created_at)
values ($1, $2, $3, $4, $5)
