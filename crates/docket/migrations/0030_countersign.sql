-- The first of the two voices that some commands need. The row waits for the
-- second until it expires, and is used once.

create table countersign (
    tenant text not null,
    id text not null,
    ticket text not null,
    -- How the ticket stood when the first voice was given.
    ticket_version bigint not null,
    tool text not null,
    digest text not null,
    input text not null,
    asked_by text not null,
    asked_on_behalf_of text,
    asked_at bigint not null,
    expires_at bigint not null,
    confirmed_by text,
    confirmed_at bigint,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    check ((confirmed_by is null) = (confirmed_at is null))
) strict;
