-- Every checkpoint, from the first on.
select size, root, note, at
from log_checkpoint
order by size
