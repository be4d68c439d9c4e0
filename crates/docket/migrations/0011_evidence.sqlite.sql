-- What the database itself refuses to do to evidence, in the form of SQLite.

create trigger blob_stays before update on blob
begin select raise(abort, 'stored bytes never change'); end;

create trigger blob_is_kept before delete on blob
begin select raise(abort, 'stored bytes are never removed'); end;

create trigger evidence_stays before update on evidence
when old.locked_at is not null
    or old.tenant <> new.tenant or old.id <> new.id or old.ticket <> new.ticket
    or old.key <> new.key or old.digest <> new.digest
    or old.by_principal <> new.by_principal or old.on_behalf_of is not new.on_behalf_of
    or old.at <> new.at
begin select raise(abort, 'evidence never changes, but for being locked once'); end;

create trigger evidence_is_kept before delete on evidence
when old.locked_at is not null
begin select raise(abort, 'locked evidence is never removed'); end;
