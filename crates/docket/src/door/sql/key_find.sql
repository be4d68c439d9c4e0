-- The answer that a key already stands for.
select digest, role, body, status, etag
from idempotency
where tenant = $1 and actor = $2 and tool = $3 and key = $4
