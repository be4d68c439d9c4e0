-- Rounds that have what is past forgotten, and ways to find it.

insert into job_chore (name, due_at) values ('retention', 0), ('uploads', 0);

create index revocation_by_age on revocation (tenant, at) where kind = 'token';
create index countersign_by_expiry on countersign (tenant, expires_at) where confirmed_at is null;
