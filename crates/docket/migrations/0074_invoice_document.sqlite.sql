-- The documents of what was issued, made right after it. Such a document never
-- changes, and is there once.

create table invoice_document (
    tenant text not null,
    invoice text not null,
    format text not null check (format in ('ubl')),
    -- SHA-256 of the body, in hexadecimal digits.
    digest text not null,
    body text not null,
    at bigint not null,
    primary key (tenant, invoice, format),
    foreign key (tenant, invoice) references invoice (tenant, id)
) strict;

-- What was issued before there were documents gets its own.
insert into job (
    tenant, id, kind, phase, priority, due_at, attempts_max, timeout_us, payload, digest, created_at
)
select
    tenant,
    'job_' || substr(id, 5),
    'invoice.document',
    'waiting',
    0,
    issued_at,
    12,
    300000000,
    '{"invoice":"' || id || '"}',
    sha256_hex('{"invoice":"' || id || '"}'),
    issued_at
from invoice
where status = 'issued';
