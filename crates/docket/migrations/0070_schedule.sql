-- Jobs that come back by the calendar. The row says when the next is due;
-- whoever queues that one moves the row on in the same transaction.

create table job_schedule (
    tenant text not null references tenant (id),
    name text not null,
    kind text not null,
    -- Five fields, and the IANA zone whose clocks they go by.
    cron text not null,
    zone text not null,
    payload text not null check (octet_length(payload) <= 65536),
    priority bigint not null,
    attempts_max bigint not null check (attempts_max > 0),
    timeout_us bigint not null check (timeout_us > 0),
    -- What a tick does while the job of the one before is not finished.
    overlap text not null check (overlap in ('queue', 'skip')),
    -- Nothing, if it will not tick again.
    next_at bigint,
    last_at bigint,
    -- The job of the last tick.
    last_job text,
    put_by text not null,
    put_at bigint not null,
    primary key (tenant, name)
) strict;

create index job_schedule_due on job_schedule (next_at) where next_at is not null;
