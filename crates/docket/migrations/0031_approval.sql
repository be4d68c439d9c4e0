-- Questions of money that somebody else answers. The factor is there where the
-- answer also needs a code that was sent to the customer.

create table approval (
    tenant text not null,
    id text not null,
    ticket text not null,
    requested_by text not null,
    requested_on_behalf_of text,
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null,
    reason text not null,
    evidence text not null,
    back text not null,
    -- SHA-256 of the canonical request; the code is bound to it.
    digest text not null,
    requested_at bigint not null,
    factor_contact text,
    factor_mac bytea,
    factor_expires_at bigint,
    factor_tries bigint not null default 0,
    status text not null check (status in ('open', 'approved', 'denied')),
    decided_by text,
    decided_on_behalf_of text,
    decided_at bigint,
    primary key (tenant, id),
    foreign key (tenant, ticket) references ticket (tenant, id),
    foreign key (tenant, factor_contact) references contact (tenant, id),
    check ((factor_contact is null) = (factor_mac is null)),
    check ((factor_contact is null) = (factor_expires_at is null)),
    check ((status = 'open') = (decided_at is null)),
    check ((decided_by is null) = (decided_at is null))
) strict;

create index approval_by_ticket on approval (tenant, ticket, requested_at);
