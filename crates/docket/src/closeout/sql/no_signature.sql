-- Why nobody signed.
select reason
from no_signature
where tenant = $1 and ticket = $2
