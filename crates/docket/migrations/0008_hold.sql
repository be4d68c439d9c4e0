-- Windows kept open for a customer's answer. How each ended is in the steps of
-- its ticket.

create table hold (
    tenant text not null,
    id text not null,
    ticket text not null,
    window_start bigint not null,
    window_end bigint not null,
    until_at bigint not null,
    reason text not null,
    held_by text not null,
    held_at bigint not null,
    ended_at bigint,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    check (until_at <= window_start)
) strict;

-- A ticket has one hold at a time.
create unique index hold_open on hold (tenant, ticket) where ended_at is null;
create index hold_by_end on hold (until_at) where ended_at is null;
