-- One version of a ticket's packet.
select body, digest, signature, key_id, version
from packet
where tenant = $1 and ticket = $2 and version = $3
