-- Queue any number of jobs of one tenant. SQLite, where a statement costs no way there and back, queues them one by one.
insert into job (
    tenant, id, kind, phase, priority, due_at, attempts_max, timeout_us, payload, digest,
    correlation, trace, created_by, created_at
)
select
    $1::text, id, kind, phase, priority, due_at, attempts_max, timeout_us, payload, digest,
    correlation, trace, created_by, $2::bigint
from unnest(
    $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::text[]
) as new (
    id, kind, phase, priority, due_at, attempts_max, timeout_us,
    payload, digest, correlation, trace, created_by
)
