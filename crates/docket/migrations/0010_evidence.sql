-- Bytes that somebody uploaded, and what they are evidence of.

-- Whatever is in a row here is in storage too: the bytes come first.
create table blob (
    tenant text not null references tenant (id),
    digest text not null,
    size bigint not null check (size > 0),
    media_type text not null,
    by_principal text not null,
    at bigint not null,
    primary key (tenant, digest)
) strict;

create table evidence (
    tenant text not null,
    id text not null,
    ticket text not null,
    key text not null,
    digest text not null,
    by_principal text not null,
    on_behalf_of text,
    at bigint not null,
    -- From a passed verification on, the row stays as it is.
    locked_at bigint,
    primary key (tenant, id),
    unique (tenant, ticket, key, digest),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, digest) references blob (tenant, digest)
) strict;

create index evidence_by_digest on evidence (tenant, digest);
