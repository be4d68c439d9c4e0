-- How often who may do what has changed: a gate that sees another number asks
-- again about every token it knows.
create table identity_revision (
    tenant text not null primary key references tenant (id),
    revision bigint not null
) strict;

-- Tokens that were let in, so that a login is recorded once. A row may go when
-- its token cannot be valid any more.
create table admission (
    tenant text not null references tenant (id),
    issuer text not null,
    token text not null,
    expires_at bigint not null,
    primary key (tenant, issuer, token)
) strict;

create index admission_by_expiry on admission (tenant, expires_at);
