-- A job that is not finished, kept from others until the transaction ends. In SQLite there is nobody else.
select
    phase, attempt, attempts_max, lease, cancel_asked_at, kind, started_at, worker, timeout_s,
    followed, due_at, blocked_by
from job
where tenant = $1 and id = $2
for update
