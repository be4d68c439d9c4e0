-- Promised times: when the clock of a ticket stood still, and for whom.

-- Since when it stands still now.
alter table ticket add column paused_at bigint;
-- The next promise, the far future where none is open: the queue sorts by it.
alter table ticket add column due_at bigint not null default 9223372036854775807;

create index ticket_by_due on ticket (tenant, due_at, id);

create table pause (
    tenant text not null,
    ticket text not null,
    -- The version of the ticket that began to wait.
    version bigint not null,
    from_at bigint not null,
    to_at bigint,
    waiting_for text not null check (waiting_for in ('customer', 'provider', 'us')),
    primary key (tenant, ticket, version),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;
