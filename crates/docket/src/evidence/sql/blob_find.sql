-- Size and media type of bytes that a tenant holds.
select size, media_type
from blob
where tenant = $1 and digest = $2
