-- What the database itself refuses to do to evidence, in the form of PostgreSQL.

create trigger blob_stays before update on blob
for each row execute function refuse('stored bytes never change');

create trigger blob_is_kept before delete on blob
for each row execute function refuse('stored bytes are never removed');

create trigger blobs_are_kept before truncate on blob
for each statement execute function refuse('stored bytes are never removed');

create trigger evidence_stays before update on evidence
for each row when (
    old.locked_at is not null
    or old.tenant <> new.tenant or old.id <> new.id or old.ticket <> new.ticket
    or old.key <> new.key or old.digest <> new.digest
    or old.by_principal <> new.by_principal or old.on_behalf_of is distinct from new.on_behalf_of
    or old.at <> new.at
)
execute function refuse('evidence never changes, but for being locked once');

create trigger evidence_is_kept before delete on evidence
for each row when (old.locked_at is not null)
execute function refuse('locked evidence is never removed');

create trigger all_evidence_is_kept before truncate on evidence
for each statement execute function refuse('locked evidence is never removed');
