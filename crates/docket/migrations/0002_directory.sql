-- The tenant's prices and kinds of work, its customers, their places, people
-- and equipment. The composite keys are what makes a site of another customer,
-- or a contact of another tenant, impossible to write down.

-- Templates, version by version: a ticket is held to the one it was triaged by.
create table incident_type (
    tenant text not null references tenant (id),
    name text not null,
    version bigint not null,
    template text not null,
    created_at bigint not null,
    primary key (tenant, name, version)
) strict;

-- Which version is used from now on.
create table incident_type_active (
    tenant text not null,
    name text not null,
    version bigint not null,
    activated_at bigint not null,
    primary key (tenant, name),
    foreign key (tenant, name, version) references incident_type (tenant, name, version)
) strict;

create table rate_card (
    tenant text not null references tenant (id),
    id text not null,
    name text not null,
    reference text,
    -- The version that prices new work.
    version bigint not null,
    created_at bigint not null,
    primary key (tenant, id),
    unique (tenant, reference)
) strict;

-- What a card said, version by version: an invoice was made by one of them.
create table rate_card_version (
    tenant text not null,
    rate_card text not null,
    version bigint not null,
    card text not null,
    created_at bigint not null,
    primary key (tenant, rate_card, version),
    foreign key (tenant, rate_card) references rate_card (tenant, id)
) strict;

create table account (
    tenant text not null references tenant (id),
    id text not null,
    name text not null,
    reference text,
    rate_card text,
    created_at bigint not null,
    primary key (tenant, id),
    unique (tenant, reference),
    foreign key (tenant, rate_card) references rate_card (tenant, id)
) strict;

create table site (
    tenant text not null,
    id text not null,
    account text not null,
    name text not null,
    reference text,
    address text not null,
    territory text,
    zone text not null,
    latitude_e7 bigint,
    longitude_e7 bigint,
    access_code text,
    created_at bigint not null,
    primary key (tenant, id),
    unique (tenant, reference),
    unique (tenant, account, id),
    foreign key (tenant, account) references account (tenant, id)
) strict;

create table contact (
    tenant text not null,
    id text not null,
    account text not null,
    -- Nothing means every site of the account.
    site text,
    name text not null,
    reference text,
    phone text,
    email text,
    may_request bigint not null check (may_request in (0, 1)),
    may_approve bigint not null check (may_approve in (0, 1)),
    principal text,
    created_at bigint not null,
    primary key (tenant, id),
    unique (tenant, reference),
    unique (tenant, account, id),
    foreign key (tenant, account) references account (tenant, id),
    foreign key (tenant, account, site) references site (tenant, account, id),
    foreign key (tenant, principal) references principal (tenant, id)
) strict;

create index contact_by_principal on contact (tenant, principal) where principal is not null;
create index contact_by_phone on contact (tenant, phone) where phone is not null;
create index contact_by_email on contact (tenant, email) where email is not null;

create table asset (
    tenant text not null,
    id text not null,
    site text not null,
    tag text not null,
    kind text,
    maker text,
    model text,
    serial text,
    reference text,
    created_at bigint not null,
    primary key (tenant, id),
    unique (tenant, reference),
    unique (tenant, site, id),
    foreign key (tenant, site) references site (tenant, id)
) strict;

create table technician (
    tenant text not null references tenant (id),
    id text not null,
    name text not null,
    reference text,
    principal text,
    active bigint not null check (active in (0, 1)),
    skills text not null,
    territories text not null,
    zone text not null,
    shifts text not null,
    home text,
    latitude_e7 bigint,
    longitude_e7 bigint,
    created_at bigint not null,
    primary key (tenant, id),
    unique (tenant, reference),
    foreign key (tenant, principal) references principal (tenant, id)
) strict;

create unique index technician_by_principal on technician (tenant, principal) where principal is not null;

create table absence (
    tenant text not null,
    technician text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    reason text,
    primary key (tenant, technician, starts_at),
    foreign key (tenant, technician) references technician (tenant, id)
) strict;
