-- What waits to leave is rendered when it is sent, may end in more ways, and is
-- tried more than once.

create table outgoing_next (
    tenant text not null,
    id text not null,
    ticket text not null,
    -- Whoever made the call, where nothing.
    contact text,
    kind text not null,
    -- The audit entry of the command that has somebody told. What was queued
    -- before there were receipts has none and is sent as it was written.
    receipt text,
    -- What was fixed when it was queued: a secret, or somebody's own words.
    -- Nothing once it is of no more use.
    words text,
    queued_at bigint not null,
    standing text not null check (
        standing in ('waiting', 'delivered', 'superseded', 'no_address', 'no_carrier', 'dead')
    ),
    -- Why it was not sent, as a code without personal data.
    reason text,
    -- What it left by.
    carrier text,
    attempts bigint not null,
    -- How many of the attempts no longer count, because somebody put it back.
    forgiven bigint not null,
    next_at bigint not null,
    ended_at bigint,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, contact) references contact (tenant, id),
    check ((standing = 'waiting') = (ended_at is null))
) strict;

insert into outgoing_next (
    tenant, id, ticket, contact, kind, words, queued_at, standing, attempts, forgiven, next_at, ended_at
)
select
    tenant,
    id,
    ticket,
    contact,
    kind,
    case when ended_at is null then body end,
    queued_at,
    coalesce(ended, 'waiting'),
    0,
    0,
    queued_at,
    ended_at
from outgoing;

drop table outgoing;
alter table outgoing_next rename to outgoing;

create index outgoing_due on outgoing (next_at) where standing = 'waiting';
create index outgoing_by_standing on outgoing (tenant, standing, id);
create index outgoing_by_ticket on outgoing (tenant, ticket, kind, queued_at);

-- Every time that somebody tried to have a text leave, and how that ended.
create table outgoing_attempt (
    tenant text not null,
    outgoing text not null,
    number bigint not null,
    carrier text not null,
    at bigint not null,
    ended text not null check (ended in ('sent', 'transient', 'permanent')),
    -- What went wrong, as a code without addresses and texts.
    error text,
    primary key (tenant, outgoing, number),
    foreign key (tenant, outgoing) references outgoing (tenant, id),
    check ((ended = 'sent') = (error is null))
) strict;
