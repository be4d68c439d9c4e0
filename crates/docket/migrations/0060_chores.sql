-- What Docket does by itself becomes jobs, and broken promises are noted.

-- Promises that were broken, each once.
create table breach (
    tenant text not null,
    ticket text not null,
    promise text not null check (promise in ('response', 'resolution')),
    -- When it was due. A promise that is made anew may be broken anew.
    due_at bigint not null,
    noted_at bigint not null,
    -- The audit entry that says so.
    entry text not null,
    primary key (tenant, ticket, promise, due_at),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

insert into job_chore (name, due_at) values ('clock', 0), ('answers', 0);

-- What waited before there were jobs for it. What follows the prefix of an id is
-- no less unique behind another.
insert into job (
    tenant, id, kind, phase, priority, due_at, attempts_max, timeout_us, payload, digest, created_at
)
select
    tenant,
    'job_' || substr(id, 5),
    'hold.expire',
    'waiting',
    0,
    until_at,
    12,
    300000000,
    '{"hold":"' || id || '","ticket":"' || ticket || '"}',
    '',
    held_at
from hold
where ended_at is null
union all
select
    tenant,
    'job_' || substr(id, 5),
    'outgoing.deliver',
    'waiting',
    0,
    next_at,
    12,
    300000000,
    '{"outgoing":"' || id || '"}',
    '',
    queued_at
from outgoing
where standing = 'waiting'
union all
select
    tenant,
    'job_' || substr(ticket, 5),
    'packet.make',
    'waiting',
    0,
    at,
    12,
    300000000,
    '{"ticket":"' || ticket || '"}',
    '',
    at
from closure
where
    version = (
        select max(later.version)
        from closure as later
        where later.tenant = closure.tenant and later.ticket = closure.ticket
    )
    and not exists (
        select 1
        from packet
        where
            packet.tenant = closure.tenant
            and packet.ticket = closure.ticket
            and packet.version = closure.version
    );
