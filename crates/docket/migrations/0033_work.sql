-- Time that was worked and material that was used. An entry never changes; one
-- that was wrong is replaced by another, which may be of nothing.

create table labor (
    tenant text not null,
    id text not null,
    ticket text not null,
    technician text,
    kind text not null,
    minutes bigint not null check (minutes >= 0),
    started_at bigint,
    ended_at bigint,
    -- The card's price of an hour when it was logged.
    rate_minor bigint not null,
    currency text not null,
    replaces text,
    logged_by text not null,
    logged_at bigint not null,
    primary key (tenant, id),
    unique (tenant, ticket, id),
    unique (tenant, replaces),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, technician) references technician (tenant, id),
    foreign key (tenant, ticket, replaces) references labor (tenant, ticket, id),
    check ((started_at is null) = (ended_at is null))
) strict;

create index labor_by_ticket on labor (tenant, ticket, logged_at);

create table part (
    tenant text not null,
    id text not null,
    ticket text not null,
    description text not null,
    number text,
    quantity bigint not null check (quantity >= 0),
    unit_cost_minor bigint not null check (unit_cost_minor >= 0),
    currency text not null,
    replaces text,
    logged_by text not null,
    logged_at bigint not null,
    primary key (tenant, id),
    unique (tenant, ticket, id),
    unique (tenant, replaces),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, ticket, replaces) references part (tenant, ticket, id)
) strict;

create index part_by_ticket on part (tenant, ticket, logged_at);
