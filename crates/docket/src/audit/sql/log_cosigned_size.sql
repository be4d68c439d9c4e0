-- The size of the last checkpoint that a witness has signed.
select coalesce(max(size), 0)
from log_cosignature
where witness = $1
