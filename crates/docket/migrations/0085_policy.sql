-- Policy tokens that were used or revoked. Each is used once.

create table policy_use (
    tenant text not null references tenant (id),
    token text not null,
    -- When it was used, by whom, and for which job; nothing, if it was revoked first.
    used_at bigint,
    used_by text,
    job text,
    project text,
    resource text,
    -- The token itself, sealed: what the job is held to when it is run.
    sealed text,
    revoked_at bigint,
    revoked_by text,
    primary key (tenant, token),
    check (used_at is not null or revoked_at is not null),
    check (
        (used_at is null) = (job is null)
        and (job is null) = (sealed is null)
        and (job is null) = (used_by is null)
        and (job is null) = (project is null)
        and (job is null) = (resource is null)
    )
) strict;

create unique index policy_use_by_job on policy_use (tenant, job) where job is not null;
