-- Queue any number of jobs of one tenant in one statement. SQLite, where a statement costs no way there and back, adds them one by one.
insert into job (
    tenant, id, kind, phase, priority, due_at, attempts_max, timeout_s, payload, digest,
    correlation, trace, created_by, created_at
)
select
    $1, new.id, new.kind, new.phase, new.priority, new.due_at, new.attempts_max, new.timeout_s,
    new.payload, new.digest, new.correlation, new.trace, $2, $3
from unnest(
    $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
    $11::text[], $12::text[], $13::text[], $14::text[]
) as new (
    id, kind, phase, priority, due_at, attempts_max, timeout_s,
    payload, digest, correlation, trace
)
