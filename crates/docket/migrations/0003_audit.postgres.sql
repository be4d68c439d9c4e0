-- The audit log as PostgreSQL keeps it. `entry_no` is given when an entry is
-- written, and several are written at once: the order of the numbers is not
-- the order of commits, and a number that was rolled back is never used.

create table audit_entry (
    -- Given before the number: whoever has taken a number has a transaction
    -- that everybody can see, which is how the log knows that nobody is left
    -- who took a smaller one.
    xact xid8 not null default pg_current_xact_id(),
    entry_no bigint generated always as identity primary key,
    id text not null unique,
    tenant text not null references tenant (id),
    ticket text,
    correlation text,
    at bigint not null,
    tool text not null,
    outcome text not null,
    body text not null
);

create index audit_entry_by_tenant on audit_entry (tenant, entry_no);
create index audit_entry_by_ticket on audit_entry (tenant, ticket, entry_no) where ticket is not null;
create index audit_entry_by_correlation on audit_entry (tenant, correlation, entry_no) where correlation is not null;

-- Says no, in the words of the trigger that asks.
create function refuse() returns trigger
language plpgsql
set search_path from current
as $$
begin
    raise exception using message = tg_argv[0], errcode = 'integrity_constraint_violation';
end
$$;

create trigger audit_entry_stays before update on audit_entry
for each row execute function refuse('an audit entry never changes');

create trigger audit_entry_is_kept before delete on audit_entry
for each row execute function refuse('an audit entry is never removed');

create trigger audit_entries_are_kept before truncate on audit_entry
for each statement execute function refuse('an audit entry is never removed');
