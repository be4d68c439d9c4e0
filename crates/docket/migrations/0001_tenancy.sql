-- Who runs Docket here, who may call, and what has been taken back.

create table tenant (
    id text not null primary key,
    name text not null unique,
    operator bigint not null default 0 check (operator in (0, 1)),
    settings text not null,
    created_at bigint not null
) strict;

create table principal (
    tenant text not null references tenant (id),
    id text not null,
    kind text not null check (kind in ('user', 'agent', 'service')),
    name text not null,
    roles text not null,
    -- The issuer that vouches for this principal, and its name there; nothing
    -- for principals of our own issuer, whose tokens carry our id.
    issuer text,
    subject text,
    revoked_at bigint,
    created_at bigint not null,
    primary key (tenant, id)
) strict;

create unique index principal_of_issuer on principal (tenant, issuer, subject) where issuer is not null;

-- Tokens and keys that are refused from now on. Principals carry it themselves.
create table revocation (
    tenant text not null references tenant (id),
    kind text not null check (kind in ('token', 'key')),
    value text not null,
    at bigint not null,
    primary key (tenant, kind, value)
) strict;

-- Answers that have been given, so that a retry gets the same one.
create table idempotency (
    tenant text not null references tenant (id),
    actor text not null,
    tool text not null,
    key text not null,
    digest text not null,
    role text not null,
    status bigint not null,
    etag bigint,
    body text not null,
    at bigint not null,
    primary key (tenant, actor, tool, key)
) strict;

create index idempotency_by_age on idempotency (at);
