-- Note that who may do what has changed in a tenant.
insert into identity_revision (tenant, revision) values ($1, 1)
on conflict (tenant) do update set revision = identity_revision.revision + 1
