-- What has to be there before a ticket may close, and what its closing leaves.

create table checklist (
    tenant text not null,
    ticket text not null,
    item text not null,
    done bigint not null check (done in (0, 1)),
    by_principal text not null,
    on_behalf_of text,
    at bigint not null,
    primary key (tenant, ticket, item),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

-- Why nobody signed. It stands in for a signature.
create table no_signature (
    tenant text not null,
    ticket text not null,
    reason text not null,
    by_principal text not null,
    at bigint not null,
    primary key (tenant, ticket),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

-- Permissions of two people to do without an evidence key for a while.
create table evidence_exception (
    tenant text not null,
    id text not null,
    ticket text not null,
    key text not null,
    reason text not null,
    requested_by text not null,
    approved_by text not null check (approved_by <> requested_by),
    expires_at bigint not null,
    entry text not null,
    at bigint not null,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

create index evidence_exception_by_ticket on evidence_exception (tenant, ticket);

create table verification (
    tenant text not null,
    ticket text not null,
    -- The version that the ticket was verified at.
    version bigint not null,
    passed bigint not null check (passed in (0, 1)),
    reasons text not null,
    by_principal text not null,
    on_behalf_of text,
    entry text not null,
    at bigint not null,
    primary key (tenant, ticket, version),
    foreign key (tenant, ticket) references ticket (tenant, id)
) strict;

-- Every closing of a ticket. A reopened ticket has more than one.
create table closure (
    tenant text not null,
    ticket text not null,
    version bigint not null,
    -- The version that the ticket had once it was closed.
    ticket_version bigint not null,
    forced bigint not null check (forced in (0, 1)),
    -- Why it was forced, and who said so first.
    reason text,
    requested_by text,
    -- The pieces whose bytes were gone or altered, as a list.
    broken text not null,
    by_principal text not null,
    on_behalf_of text,
    entry text not null,
    at bigint not null,
    primary key (tenant, ticket, version),
    foreign key (tenant, ticket) references ticket (tenant, id),
    check ((forced = 1) = (reason is not null)),
    check ((forced = 1) = (requested_by is not null))
) strict;

-- The signed proof of a closing, made right after it.
create table packet (
    tenant text not null,
    ticket text not null,
    version bigint not null,
    id text not null,
    -- The canonical text that digest and signature are of.
    body text not null,
    digest text not null,
    signature text not null,
    key_id text not null,
    at bigint not null,
    primary key (tenant, ticket, version),
    unique (tenant, id),
    foreign key (tenant, ticket, version) references closure (tenant, ticket, version)
) strict;

create table invoice (
    tenant text not null,
    id text not null,
    ticket text not null,
    account text not null,
    site text not null,
    kind text not null check (kind in ('invoice', 'credit_note')),
    status text not null check (status in ('draft', 'issued', 'void')),
    -- Without a gap within a tenant, and only for what was issued.
    number bigint,
    -- What a credit note takes back.
    credits text,
    rate_card text not null,
    draft text not null,
    total_minor bigint not null,
    currency text not null,
    created_at bigint not null,
    issued_at bigint,
    voided_at bigint,
    primary key (tenant, id),
    unique (tenant, number),
    unique (tenant, credits),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, account, site) references site (tenant, account, id),
    foreign key (tenant, credits) references invoice (tenant, id),
    check ((status = 'issued') = (number is not null)),
    check ((status = 'issued') = (issued_at is not null)),
    check ((status = 'void') = (voided_at is not null)),
    check ((kind = 'credit_note') = (credits is not null))
) strict;

create index invoice_by_ticket on invoice (tenant, ticket, created_at);
create unique index invoice_draft on invoice (tenant, ticket) where status = 'draft';

-- The last number that a tenant gave to an invoice or a credit note.
create table invoice_number (
    tenant text not null primary key references tenant (id),
    last bigint not null
) strict;
