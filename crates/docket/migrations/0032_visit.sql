-- Visits: each trip of a technician to a site, from the moment they are sent.
-- One that has not ended keeps the technician for its window.

create table visit (
    tenant text not null,
    id text not null,
    ticket text not null,
    technician text not null,
    window_start bigint not null,
    window_end bigint not null,
    dispatched_at bigint not null,
    arrived_at bigint,
    left_at bigint,
    ended_at bigint,
    outcome text,
    reason text,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, technician) references technician (tenant, id),
    check (window_start < window_end),
    check ((ended_at is null) = (outcome is null)),
    check (left_at is null or arrived_at is not null)
) strict;

create index visit_by_technician on visit (tenant, technician, window_start);
create index visit_by_ticket on visit (tenant, ticket, dispatched_at);
-- A ticket has one visit at a time.
create unique index visit_going_on on visit (tenant, ticket) where ended_at is null;

-- What `assignment.recommend` answered, as it answered it.
create table recommendation (
    tenant text not null,
    id text not null,
    ticket text not null,
    window_start bigint not null,
    window_end bigint not null,
    body text not null,
    made_by text not null,
    made_at bigint not null,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

create index recommendation_by_ticket on recommendation (tenant, ticket, made_at);
