-- Durable work. `job` holds what is not finished and stays small; `job_done`
-- remembers what is, for as long as somebody wants to look. Neither refers to
-- `tenant`: a job is written in the transaction of a command of its tenant, and
-- thousands of checks in one batch would tell nobody anything.

create table job (
    tenant text not null,
    id text not null,
    kind text not null,
    phase text not null check (phase in ('waiting', 'queued', 'running')),
    -- The smaller comes first.
    priority bigint not null,
    due_at bigint not null,
    attempt bigint not null default 0 check (attempt >= 0),
    attempts_max bigint not null check (attempts_max > 0),
    -- Numbers the claims. Whoever comes with an older number changes nothing.
    lease bigint not null default 0,
    lease_until bigint,
    started_at bigint,
    worker text,
    timeout_us bigint not null check (timeout_us > 0),
    payload text not null check (octet_length(payload) <= 65536),
    digest text not null,
    correlation text,
    trace text,
    -- Percent.
    progress bigint,
    cancel_asked_at bigint,
    -- How many jobs it waits for, and what becomes of it if one does not succeed.
    blocked_by bigint not null default 0 check (blocked_by >= 0),
    if_unmet text not null default 'cancel' check (if_unmet in ('cancel', 'wait')),
    -- Whether others wait for it.
    followed bigint not null default 0 check (followed in (0, 1)),
    -- Why the last attempt ended in vain.
    error text,
    created_by text,
    created_at bigint not null,
    primary key (tenant, id),
    check ((phase = 'running') = (lease_until is not null))
) strict;

-- What a claim reads: only what is ready, each tenant's in its order.
create index job_ready on job (kind, tenant, priority, due_at) where phase = 'queued';
-- What the timer reads.
create index job_later on job (due_at) where phase = 'waiting' and blocked_by = 0;
-- What runs, for limits and for leases that have passed.
create index job_running on job (kind, tenant) where phase = 'running';

create table job_done (
    tenant text not null,
    id text not null,
    kind text not null,
    phase text not null check (phase in ('succeeded', 'dead', 'cancelled')),
    priority bigint not null,
    due_at bigint not null,
    attempt bigint not null,
    attempts_max bigint not null,
    lease bigint not null,
    started_at bigint,
    worker text,
    timeout_us bigint not null,
    -- Kept of those that somebody may want to have tried again.
    payload text,
    digest text not null,
    correlation text,
    trace text,
    if_unmet text not null,
    followed bigint not null,
    result text check (octet_length(result) <= 65536),
    error text,
    created_by text,
    created_at bigint not null,
    ended_at bigint not null,
    primary key (tenant, id)
) strict;

create index job_done_by_age on job_done (phase, ended_at);
create index job_dead on job_done (tenant, kind, ended_at) where phase = 'dead';

-- Attempts in vain. The one that succeeded is in `job_done`.
create table job_attempt (
    tenant text not null,
    job text not null,
    lease bigint not null,
    attempt bigint not null,
    worker text,
    started_at bigint not null,
    ended_at bigint not null,
    how text not null check (how in ('failed', 'gave_up', 'timed_out', 'lost', 'cancelled')),
    error text,
    primary key (tenant, job, lease)
) strict;

-- Which job a key stands for, and for what payload.
create table job_key (
    tenant text not null,
    kind text not null,
    key text not null,
    digest text not null,
    job text not null,
    -- May be forgotten then, if the job has ended.
    expires_at bigint not null,
    primary key (tenant, kind, key)
) strict;

create index job_key_by_age on job_key (expires_at);

-- Which job waits for which.
create table job_after (
    tenant text not null,
    job text not null,
    after text not null,
    primary key (tenant, after, job)
) strict;

create index job_after_by_job on job_after (tenant, job);

-- What only one worker does at a time, and when it is to be done next.
create table job_chore (
    name text not null primary key,
    due_at bigint not null
) strict;

insert into job_chore (name, due_at) values ('reap', 0), ('forget', 0);

-- What a tenant allows of one kind at once, and how fast. `arrival` is where
-- the bucket of the rate stands.
create table job_limit (
    tenant text not null references tenant (id),
    kind text not null,
    running_max bigint check (running_max >= 0),
    rate_count bigint,
    rate_s bigint,
    rate_burst bigint,
    arrival bigint,
    primary key (kind, tenant),
    check ((rate_count is null) = (rate_s is null) and (rate_count is null) = (rate_burst is null))
) strict;
