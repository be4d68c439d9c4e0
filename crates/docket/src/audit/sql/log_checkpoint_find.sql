-- The checkpoint of one size.
select size, root, note, at
from log_checkpoint
where size = $1
