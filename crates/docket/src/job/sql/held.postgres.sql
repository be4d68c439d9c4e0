-- A job that is not finished, kept from others until the transaction ends. In SQLite there is nobody else.
select
    tenant, id, kind, phase, attempt, attempts_max, lease, cancel_asked_at, started_at, timeout_us,
    followed
from job
where tenant = $1 and id = $2
for update
