-- What was said about a ticket, who called, and what waits to be said.

-- Every word from and to the customer, and our own notes.
create table message (
    tenant text not null,
    id text not null,
    ticket text not null,
    direction text not null check (direction in ('in', 'out', 'note')),
    channel text not null,
    -- The channel's own id of it, by which a second delivery is known.
    external text,
    -- Who at the customer said it, or is told it, where we know.
    contact text,
    -- Who wrote it down; nothing where Docket itself did.
    author text,
    -- As it came in. What people and agents are shown is `body`.
    raw bytea not null,
    body text not null,
    at bigint not null,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, contact) references contact (tenant, id)
) strict;

create unique index message_by_external on message (tenant, channel, external) where external is not null;
create index message_by_ticket on message (tenant, ticket, at, id);

-- Who called, in their own words and as we compare them. Apart from the
-- ticket, because it is personal and has to be forgettable.
create table caller (
    tenant text not null,
    ticket text not null,
    name text,
    phone text,
    email text,
    raw bytea not null,
    primary key (tenant, ticket),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

-- What waits to leave, written in the transaction of what it is about.
create table outgoing (
    tenant text not null,
    id text not null,
    ticket text not null,
    -- Whoever made the call, where nothing.
    contact text,
    kind text not null,
    -- Nothing once a text that nobody may read twice has left.
    body text,
    queued_at bigint not null,
    ended_at bigint,
    ended text check (ended in ('delivered', 'no_address')),
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, contact) references contact (tenant, id)
) strict;

create index outgoing_waiting on outgoing (queued_at) where ended_at is null;
