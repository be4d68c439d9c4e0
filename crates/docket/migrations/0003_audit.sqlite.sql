-- The audit log as SQLite keeps it. `entry_no` is the order of commits: there
-- is one writer, so the order of inserts is the order of commits. PostgreSQL
-- needs another way to know that order, and triggers of another form.

create table audit_entry (
    entry_no integer primary key autoincrement,
    id text not null unique,
    tenant text not null references tenant (id),
    ticket text,
    correlation text,
    at bigint not null,
    tool text not null,
    outcome text not null,
    body text not null
) strict;

create index audit_entry_by_tenant on audit_entry (tenant, entry_no);
create index audit_entry_by_ticket on audit_entry (tenant, ticket, entry_no) where ticket is not null;
create index audit_entry_by_correlation on audit_entry (tenant, correlation, entry_no) where correlation is not null;

create trigger audit_entry_stays before update on audit_entry
begin select raise(abort, 'an audit entry never changes'); end;

create trigger audit_entry_is_kept before delete on audit_entry
begin select raise(abort, 'an audit entry is never removed'); end;
