-- Files of records that somebody has taken in, row by row, by a job.

create table import (
    tenant text not null references tenant (id),
    id text not null,
    -- What each row is, and how the file is written.
    kind text not null,
    format text not null check (format in ('csv', 'json')),
    size bigint not null check (size >= 0),
    digest text not null,
    -- Who asked, and what they were when they did. A row is taken as by them.
    actor text not null,
    on_behalf_of text,
    roles text not null,
    job text not null,
    -- How many bytes of the file are behind, and what became of their rows.
    done bigint not null,
    report text not null,
    asked_at bigint not null,
    ended_at bigint,
    -- Why it ended before its last row, as a code.
    stopped text,
    primary key (tenant, id),
    check (stopped is null or ended_at is not null)
) strict;

create index import_by_age on import (tenant, asked_at);

-- Rows that were not taken, as they stood in the file, and why.
create table import_bad (
    tenant text not null,
    import text not null,
    -- Which row of the file, counted from 1.
    number bigint not null,
    body text not null,
    primary key (tenant, import, number),
    foreign key (tenant, import) references import (tenant, id)
) strict;
